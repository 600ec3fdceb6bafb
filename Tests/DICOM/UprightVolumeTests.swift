import DICOM
import Imaging
import Testing

/// Leaning stacks on a right-angled grid.
@Suite struct UprightVolumeTests {
  /// Values are linear in space, so that linear interpolation gives them back to float's rounding.
  static let tolerance: Float = 1e-3

  static func value(_ p: SIMD3<Double>) -> Float { Float(100 + 3 * p.x - 2 * p.y + 5 * p.z) }

  static func volume(kStep: SIMD3<Double>) -> Volume {
    let g = Geometry(
      width: 12, height: 10, depth: 6, origin: SIMD3(5, -4, 9), iStep: SIMD3(0.8, 0, 0), jStep: SIMD3(0, 0.9, 0),
      kStep: kStep)
    var voxels: [Float] = []
    for k in 0..<6 {
      for j in 0..<10 { for i in 0..<12 { voxels.append(value(g.position(i: Double(i), j: Double(j), k: Double(k)))) } }
    }
    return Volume(geometry: g, voxels: voxels)
  }

  @Test(arguments: [SIMD3<Double>(0, 0.7, 2), SIMD3(-0.35, -0.7, 2), SIMD3(0.8, 0, 2)])
  func everyScannedPlaceKeepsItsValue(kStep: SIMD3<Double>) {
    let volume = Self.volume(kStep: kStep)
    let upright = volume.upright()
    let g = upright.geometry
    #expect(g.leanDegrees < 1e-9 && g.depth == 6 && g.kStep == SIMD3(0, 0, 2))
    let smallest = volume.voxels.min() ?? 0
    var inside = 0
    for k in 0..<g.depth {
      for j in 0..<g.height {
        for i in 0..<g.width {
          let p = g.position(i: Double(i), j: Double(j), k: Double(k))
          let at = volume.geometry.index(of: p)
          let found = upright.voxels[(k * g.height + j) * g.width + i]
          if at.x > -1e-7, at.y > -1e-7, at.x < 11 + 1e-7, at.y < 9 + 1e-7 {
            inside += 1
            #expect(abs(found - Self.value(p)) < Self.tolerance)
          } else {
            #expect(found == smallest)
          }
        }
      }
    }
    // Each slice loses at most one row and one column to interpolation.
    #expect(inside >= 6 * 11 * 9)
  }

  @Test func aStraightStackIsLeftAlone() {
    let volume = Self.volume(kStep: SIMD3(0, 0, 2))
    #expect(volume.upright() == volume)
  }
}
