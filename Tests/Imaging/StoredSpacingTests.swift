import Foundation
import Imaging
import Testing

@Suite("Spacing as it was stored")
struct StoredSpacingTests {
  /// A grid whose axes are turned by `angle` about the axis of `j` and `k`.
  private func turned(_ spacing: [Double], by angle: Double) -> Geometry {
    let (c, s) = (cos(angle), sin(angle))
    return Geometry(
      width: 2, height: 2, depth: 2, origin: .zero, iStep: spacing[2] * SIMD3(1, 0, 0),
      jStep: spacing[1] * SIMD3(0, c, s), kStep: spacing[0] * SIMD3(0, -s, c))
  }

  @Test("a turned grid gives back exactly the Float or decimal it was made with")
  func exact() {
    let stored: [Double] = [
      3, 1.5, 0.7, Double(Float(0.7)), 1.1, Double(Float(1.1)), 0.683594, 0.24, 1.25, 5, 0.9765625,
    ]
    for degrees in 0..<360 {
      for value in stored {
        let spacing = turned([value, value, value], by: Double(degrees) * .pi / 180).spacing
        #expect(spacing == [value, value, value], "\(value) mm at \(degrees) degrees")
      }
    }
  }

  @Test("a spacing that is neither stays as it is to 1e-13")
  func other() {
    for value in [1.0 / 3, 2.0.squareRoot(), 1234.5678901234567] {
      #expect(abs(turned([value, 1, 1], by: 0.3).spacing[0] / value - 1) <= 1e-13)
    }
  }
}
