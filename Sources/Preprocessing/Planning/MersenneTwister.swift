/// The generator of numpy's `RandomState` and its bounded whole numbers, so that samples drawn here are those nnU-Net draws.
///
/// Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998 (MT19937, 2002 seeding); numpy
/// `random/src/distributions/distributions.c` for the masked rejection of `RandomState.randint`.
package struct MersenneTwister: Sendable {
  private var state: [UInt32]
  private var next = MersenneTwister.size

  private static let size = 624
  private static let middle = 397

  /// numpy's `RandomState(seed)` for a whole number.
  package init(seed: UInt32) {
    state = [UInt32](repeating: 0, count: Self.size)
    state[0] = seed
    for index in 1..<Self.size {
      let previous = state[index - 1]
      state[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
    }
  }

  /// 32 random bits.
  package mutating func bits() -> UInt32 {
    if next == Self.size { refill() }
    var word = state[next]
    next += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    return word ^ (word >> 18)
  }

  /// A whole number from 0 to `last`, as `randint(0, last + 1)`: bits under a mask, again while they exceed `last`. Nothing is
  /// drawn when there is no choice.
  package mutating func upTo(_ last: UInt32) -> UInt32 {
    guard last > 0 else { return 0 }
    let mask = UInt32.max >> UInt32(last.leadingZeroBitCount)
    while true {
      let word = bits() & mask
      if word <= last { return word }
    }
  }

  private mutating func refill() {
    state.withUnsafeMutableBufferPointer { state in
      for index in 0..<Self.size {
        let (following, far) = ((index + 1) % Self.size, (index + Self.middle) % Self.size)
        let mixed = (state[index] & 0x8000_0000) | (state[following] & 0x7fff_ffff)
        state[index] = state[far] ^ (mixed >> 1) ^ (mixed & 1 == 0 ? 0 : 0x9908_b0df)
      }
    }
    next = 0
  }
}
