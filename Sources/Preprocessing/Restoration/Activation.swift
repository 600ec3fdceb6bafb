/// Logits of sixteen voxels to probabilities: soft-max over classes, or each region's sigmoid.
///
/// The exponential is computed in Float: argument reduction to +-ln 2 / 2 and its Taylor polynomial of degree 7, whose
/// remainder there is 5e-9 of the value; the error is that of the roundings, below ``Activation/worstRelativeError``.
package enum Activation {
  /// Largest relative error of ``exp(_:)``.
  package static let worstRelativeError: Float = 3e-7

  /// Replaces `values[head]` by its probability.
  static func apply(_ heads: Heads, _ values: UnsafeMutablePointer<SIMD16<Float>>) {
    switch heads {
    case .classes(let count):
      var largest = values[0]
      for head in 1..<max(count, 1) { largest.replace(with: values[head], where: values[head] .> largest) }
      var sum = SIMD16<Float>()
      for head in 0..<count {
        values[head] = exp(values[head] - largest)
        sum += values[head]
      }
      for head in 0..<count { values[head] /= sum }
    case .regions(let writes):
      for head in writes.indices { values[head] = 1 / (1 + exp(-values[head])) }
    }
  }

  /// e to the power of sixteen values; beyond +-87, where Float ends, that of +-87.
  @inlinable
  package static func exp(_ values: SIMD16<Float>) -> SIMD16<Float> {
    // `clamped` would go lane by lane.
    var x = values.replacing(with: -87, where: values .< -87)
    x.replace(with: 87, where: x .> 87)
    // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
    let shifted = x * 1.442_695_1 + 12_582_912
    let whole = shifted - 12_582_912
    // ln 2 in two parts, so that the rest is exact to the last bit.
    let rest = (x - whole * 0.693_145_75) - whole * 1.428_606_8e-6
    var sum = SIMD16<Float>(repeating: 1 / 5040)
    for coefficient: Float in [1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1] { sum = sum * rest + coefficient }
    let exponent = (unsafeBitCast(shifted, to: SIMD16<Int32>.self) &+ 127) &<< 23
    return sum * unsafeBitCast(exponent, to: SIMD16<Float>.self)
  }
}
