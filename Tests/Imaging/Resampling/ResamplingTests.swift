import Imaging
import TestSupport
import Testing

@Suite("Resampling onto another grid")
struct ResamplingTests {
  /// Relative to values of about 1; SimpleITK interpolates in double precision, we in single.
  static let single: Float = 1e-5

  struct Grid: Decodable {
    let size: [Int]
    let spacing: [Double]
    let origin: [Double]
    let direction: [Double]

    var geometry: Geometry {
      let steps = (0..<3).map { axis in SIMD3((0..<3).map { direction[3 * $0 + axis] * spacing[axis] }) }
      return Geometry(
        width: size[0], height: size[1], depth: size[2], origin: SIMD3(origin), iStep: steps[0], jStep: steps[1],
        kStep: steps[2])
    }
  }

  struct Pair: Decodable {
    let source: Grid
    let target: Grid
  }

  @Test("nearest and linear agree with SimpleITK between oblique grids")
  func golden() throws {
    let pair = try Golden.json(Pair.self, "resampling.json")
    let labels = try LabelMap(
      geometry: pair.source.geometry, voxels: Golden.array("resampling_labels.npy").integers.map { UInt16($0) })
    let nearest = labels.resampledNearest(onto: pair.target.geometry)
    #expect(nearest.voxels.map { Int($0) } == (try Golden.array("resampling_nearest.npy").integers))
    let volume = try Volume(geometry: pair.source.geometry, voxels: Golden.array("resampling_volume.npy").floats)
    let linear = volume.resampledLinear(onto: pair.target.geometry, outside: -7)
    let expected = try Golden.array("resampling_linear.npy").floats
    #expect(zip(linear.voxels, expected).allSatisfy { abs($0 - $1) <= Self.single })
    #expect(expected.contains(-7) && expected.contains { $0 != -7 })
  }

  @Test("onto the same grid nothing changes; onto a reoriented one it is the reorientation")
  func identity() {
    let (volume, labels) = OrientationTests.oblique()
    #expect(labels.resampledNearest(onto: labels.geometry) == labels)
    #expect(volume.resampledLinear(onto: volume.geometry) == volume)
    let turned = labels.reoriented(to: .ras)
    #expect(labels.resampledNearest(onto: turned.geometry) == turned)
  }
}
