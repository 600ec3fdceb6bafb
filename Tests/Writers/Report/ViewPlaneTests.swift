import Foundation
import Imaging
import Testing
import Writers

@Suite("Planes of a report")
struct ViewPlaneTests {
  /// A grid of 4 x 5 x 6 voxels with these unit steps.
  private func geometry(_ i: SIMD3<Double>, _ j: SIMD3<Double>, _ k: SIMD3<Double>) -> Geometry {
    Geometry(width: 4, height: 5, depth: 6, origin: SIMD3(0, 0, 0), iStep: i, jStep: j * 2, kStep: k * 3)
  }

  private static let axes: [SIMD3<Double>] = [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]

  @Test("radiological convention for all 48 axis orders and flips")
  func everyOrientation() {
    let letters = [
      ["R", "L", "A", "P", "S"], ["A", "P", "S", "I", "L"], ["R", "L", "S", "I", "A"],
    ]
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      for flips in 0..<8 {
        let steps = (0..<3).map { Self.axes[order[$0]] * (flips >> $0 & 1 == 1 ? -1 : 1) }
        let grid = geometry(steps[0], steps[1], steps[2])
        for (plane, expected) in zip(ViewPlane.planes(of: grid), letters) {
          let found = [
            plane.letters.left, plane.letters.right, plane.letters.top, plane.letters.bottom, plane.letters.forward,
          ]
          #expect(found == expected, "\(plane.name) of \(order) flipped \(flips)")
        }
      }
    }
  }

  @Test("one column to the right on the screen is one step to the patient's left in an axial plane")
  func screenSteps() {
    // A sagittal acquisition as scanners store it: rows run posterior, columns inferior, slices to the left.
    let grid = geometry(SIMD3(0, 1, 0), SIMD3(0, 0, -1), SIMD3(1, 0, 0))
    let axial = ViewPlane.planes(of: grid)[0]
    #expect((axial.normal, axial.normalReversed) == (1, true))
    #expect((axial.across, axial.acrossReversed) == (2, false))
    #expect((axial.down, axial.downReversed) == (0, false))
  }

  @Test("an oblique grid takes the nearest axis; a second letter joins past 15 degrees")
  func oblique() {
    func turned(_ degrees: Double) -> [ViewPlane] {
      let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
      return ViewPlane.planes(of: geometry(SIMD3(1, 0, 0), SIMD3(0, c, s), SIMD3(0, -s, c)))
    }
    #expect(turned(10)[0].letters.top == "A")
    #expect(turned(30)[0].letters.top == "AI")
    #expect(turned(30)[0].letters.bottom == "PS")
    #expect(turned(30)[0].normal == 2)
    #expect(turned(60)[0].normal == 1)
    #expect(turned(60)[1].letters.left == "AS")
  }

  @Test("tilt and shear are told apart")
  func tilt() {
    let (c, s) = (cos(20 * Double.pi / 180), sin(20 * Double.pi / 180))
    let turned = PatientAxes(geometry(SIMD3(1, 0, 0), SIMD3(0, c, s), SIMD3(0, -s, c)))
    let gantry = PatientAxes(geometry(SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, -s, c)))
    // Rounding of sine and cosine only.
    let tolerance = 1e-9
    #expect(abs(turned.tilt - 20) < tolerance && abs(turned.shear) < 1e-5)
    #expect(abs(gantry.tilt - 20) < tolerance && abs(gantry.shear - 20) < tolerance)
  }
}
