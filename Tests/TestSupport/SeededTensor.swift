public import Tensors

/// Pseudo-random numbers that are the same everywhere: SplitMix64 (Steele, Lea, Flood 2014).
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// The same seed gives the same numbers.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Tensor {
  /// Uniform in -1..<1, the same for the same seed.
  public static func seeded(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let elements = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1..<1, using: &generator) }
    return Tensor(shape: shape, elements: elements)
  }

  /// Largest absolute difference divided by the root mean square of `other`; infinite when shapes differ.
  public func difference(relativeTo other: Tensor) -> Double {
    guard shape == other.shape else { return .infinity }
    let square = other.elements.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, other.count))
    let largest = zip(elements, other.elements).reduce(0.0) { max($0, abs(Double($1.0) - Double($1.1))) }
    return largest.isNaN || elements.contains { $0.isNaN } ? .infinity : largest / max(square.squareRoot(), 1e-30)
  }
}
