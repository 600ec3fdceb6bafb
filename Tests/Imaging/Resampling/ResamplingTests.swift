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

  /// SciPy filters in double precision after twelve samples of padding (pole^12 = 1.4e-7 of the edge); we keep coefficients, of
  /// values of about 1, in single.
  static let cubic: Float = 3e-6

  @Test("cubic agrees with SciPy's splines of the repeated edge between oblique grids")
  func cubicGolden() throws {
    let pair = try Golden.json(Pair.self, "resampling.json")
    let volume = try Volume(geometry: pair.source.geometry, voxels: Golden.array("resampling_volume.npy").floats)
    let result = volume.resampledCubic(onto: pair.target.geometry, outside: -7)
    let expected = try Golden.array("resampling_cubic.npy").floats
    let worst = zip(result.voxels, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= Self.cubic, "\(worst)")
    let inside = expected.count { $0 != -7 }
    #expect(inside > 0 && inside < expected.count)
    #expect(pair.target.geometry.share(within: pair.source.geometry) == Double(inside) / Double(expected.count))
    let own = volume.resampledCubic(onto: pair.target.geometry)
    #expect(own.voxels.min() == volume.voxels.min(), "outside lies the smallest value")
    #expect(volume.resampledCubic(onto: volume.geometry) == volume, "on its own grid bit for bit")
  }

  @Test("one image, repeated, is resampled alike in every slice, be it one slice or many", arguments: [2, 5])
  func thin(depth: Int) {
    func grid(_ step: Double, _ depth: Int) -> Geometry {
      Geometry(
        width: 6, height: 4, depth: depth, origin: SIMD3(1, 2, 3), iStep: SIMD3(step, 0, 0), jStep: SIMD3(0, step, 0),
        kStep: SIMD3(0, 0, 1))
    }
    var random = SplitMix64(seed: 3)
    let image = (0..<24).map { _ in Float(random.uniform()) }
    let one = Volume(geometry: grid(1, 1), voxels: image).resampledCubic(onto: grid(0.7, 1)).voxels
    let many = Volume(geometry: grid(1, depth), voxels: (0..<depth).flatMap { _ in image })
    let result = many.resampledCubic(onto: grid(0.7, depth)).voxels
    #expect(Set(one).count > 10)
    #expect(result.indices.allSatisfy { abs(result[$0] - one[$0 % 24]) < 1e-5 })
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
