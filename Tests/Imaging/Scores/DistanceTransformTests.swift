import Imaging
import TestSupport
import Testing

@Suite("Distance transform")
struct DistanceTransformTests {
  /// Relative; both sum three squares in double precision, in another order.
  static let rounding = 1e-12

  @Test("equals the plain twin on random masks, isotropic or not")
  func random() {
    var random = SplitMix64(seed: 31)
    for (shape, spacing) in [
      ([1, 1, 7], [1.0, 1, 1]), ([5, 9, 8], [3, 0.7, 0.9]), ([10, 6, 7], [0.5, 2, 4]), ([8, 8, 8], [1, 1, 1]),
    ] {
      for density in [0.003, 0.03, 0.3, 1] {
        let mask = (0..<shape.reduce(1, *)).map { _ in random.uniform() < density }
        let fast = DistanceTransform.squared(to: mask, shape: shape, spacing: spacing)
        let plain = DistanceTransform.squaredReference(to: mask, shape: shape, spacing: spacing)
        #expect(zip(fast, plain).allSatisfy { $0 == $1 || abs($0 - $1) <= Self.rounding * $1 })
      }
    }
  }
}
