internal import Foundation

/// The random numbers of training: the same on every machine and for any number of threads.
///
/// Every sample of every batch has a source of its own, `RandomSource(seed: seed, path: [epoch, iteration, sample])`, so that
/// no number depends on which thread came first, nor on how often a run was interrupted.
///
/// xoshiro256** (Blackman, Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021), its state filled by
/// SplitMix64 as its authors advise.
public struct RandomSource: RandomNumberGenerator, Sendable, Equatable {
  private var words: SIMD4<UInt64>

  /// The whole sequence follows from `seed` and `stream`; two streams of one seed have nothing to do with each other.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.init(seed: seed, path: [Int(bitPattern: UInt(stream))])
  }

  /// The stream at the end of `path`, such as `[epoch, iteration, sample]`.
  public init(seed: UInt64, path: [Int]) {
    var state = seed
    _ = Self.splitMix(&state)
    for step in path {
      let mixed = Self.splitMix(&state)
      state = mixed ^ UInt64(bitPattern: Int64(step))
    }
    words = SIMD4(
      Self.splitMix(&state), Self.splitMix(&state), Self.splitMix(&state), Self.splitMix(&state))
  }

  /// The generator in a given state, which must not be all zeros.
  package init(words: SIMD4<UInt64>) {
    precondition(words != SIMD4(repeating: 0), "xoshiro256** never leaves the state of all zeros")
    self.words = words
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    let result = Self.rotated(words[1] &* 5, 7) &* 9
    let shifted = words[1] &<< 17
    words[2] ^= words[0]
    words[3] ^= words[1]
    words[1] ^= words[2]
    words[0] ^= words[3]
    words[2] ^= shifted
    words[3] = Self.rotated(words[3], 45)
    return result
  }

  /// Uniform in `a ..< b` (53 bits); `a` when both are equal.
  public mutating func uniform(_ a: Double, _ b: Double) -> Double {
    a + (b - a) * unit()
  }

  /// Normally distributed, mean 0, standard deviation 1 (Box and Muller, of two fresh uniforms: nothing is kept for later).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * .pi * unit())
  }

  /// Uniform over the whole numbers of `range`, without bias (Lemire, ACM TOMACS 29(1), 2019).
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    let span = UInt64(bitPattern: Int64(range.upperBound)) &- UInt64(bitPattern: Int64(range.lowerBound)) &+ 1
    guard span != 0 else { return Int(truncatingIfNeeded: next()) }
    var product = next().multipliedFullWidth(by: span)
    if product.low < span {
      let least = (0 &- span) % span
      while product.low < least { product = next().multipliedFullWidth(by: span) }
    }
    return range.lowerBound &+ Int(truncatingIfNeeded: product.high)
  }

  /// True with probability `p`.
  public mutating func chance(_ p: Double) -> Bool {
    unit() < p
  }

  /// Uniform in 0 ..< 1.
  private mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  private static func rotated(_ word: UInt64, _ by: UInt64) -> UInt64 {
    word &<< by | word &>> (64 &- by)
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z &>> 31)
  }
}

extension RandomSource: Codable {
  /// Four whole numbers; throws when they are all zero, a state that no source is ever in.
  public init(from decoder: any Decoder) throws {
    let words = try decoder.singleValueContainer().decode(SIMD4<UInt64>.self)
    guard words != SIMD4(repeating: 0) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a random source cannot be in the state of all zeros"))
    }
    self.words = words
  }

  /// The state's four words.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(words)
  }
}
