import Imaging
import TestSupport
import Testing

@Suite("Comparing grids")
struct GeometryComparisonTests {
  private func grid(
    _ count: Int = 10, origin: SIMD3<Double> = .zero, spacing: Double = 1, turn: Double = 0
  ) -> Geometry {
    let (c, s) = (1 - turn * turn / 2, turn)
    let length = (c * c + s * s).squareRoot()
    return Geometry(
      width: count, height: count, depth: count, origin: origin, iStep: spacing / length * SIMD3(c, s, 0),
      jStep: spacing / length * SIMD3(-s, c, 0), kStep: SIMD3(0, 0, spacing))
  }

  @Test("a grid is itself after single precision, and no other after a tenth of a voxel, a turn or a voxel more")
  func same() {
    let one = grid(200, origin: SIMD3(123.456789, -300.987654, 1000.123456), spacing: 0.7)
    let rounded = grid(200, origin: SIMD3(SIMD3<Float>(one.origin)), spacing: Double(Float(0.7)))
    #expect(one.isSameGrid(as: rounded))
    #expect(!one.isSameGrid(as: grid(201, origin: one.origin, spacing: 0.7)))
    #expect(!one.isSameGrid(as: grid(200, origin: one.origin + SIMD3(0.07, 0, 0), spacing: 0.7)))
    #expect(!one.isSameGrid(as: grid(200, origin: one.origin, spacing: 0.7005)))
    #expect(!one.isSameGrid(as: grid(200, origin: one.origin, spacing: 0.7, turn: 0.001)))
    #expect(abs(one.largestDisplacement(from: grid(200, origin: one.origin + SIMD3(3, 4, 0), spacing: 0.7)) - 5) < 1e-9)
  }

  @Test("fields of view overlap exactly when some point lies in both")
  func overlap() {
    var random = SplitMix64(seed: 8)
    var seen = [false: 0, true: 0]
    for _ in 0..<300 {
      let place = SIMD3(random.normal(), random.normal(), random.normal()) * 9
      let (a, b) = (grid(10), grid(6, origin: place, spacing: 1.2, turn: random.normal()))
      var found = false
      for _ in 0..<4000 where !found {
        let point = a.position(
          i: random.uniform() * 10 - 0.5, j: random.uniform() * 10 - 0.5, k: random.uniform() * 10 - 0.5)
        let index = b.index(of: point)
        found = index.min() > -0.5 && index.max() < 5.5
      }
      // A sliver can be missed by 4000 points, so that only one direction is sure.
      if found { #expect(a.overlaps(b)) }
      if !a.overlaps(b) { #expect(!found) }
      #expect(a.overlaps(b) == b.overlaps(a))
      seen[a.overlaps(b), default: 0] += 1
    }
    #expect(seen[true, default: 0] > 50 && seen[false, default: 0] > 50)
    #expect(!grid(10).overlaps(grid(10, origin: SIMD3(10, 0, 0))))
    #expect(grid(10).overlaps(grid(10, origin: SIMD3(9.9, 0, 0))))
  }

  @Test("a crop keeps voxels where they are")
  func crop() {
    let (volume, labels) = OrientationTests.oblique()
    let block = Box(i: 1..<3, j: 0..<2, k: 2..<5)
    let part = volume.cropped(to: block)
    #expect(part.geometry.shape == [3, 2, 2])
    #expect(part.geometry.position(i: 0, j: 0, k: 0) == volume.geometry.position(i: 1, j: 0, k: 2))
    #expect(labels.cropped(to: block).voxels == [25, 26, 28, 29, 37, 38, 40, 41, 49, 50, 52, 53])
    #expect(part.voxels == labels.cropped(to: block).voxels.map { volume.voxels[Int($0)] })
    let grown = Box(i: 1..<2, j: 1..<2, k: 1..<2).grown(by: 1, in: volume.geometry)
    #expect(grown == Box(i: 0..<3, j: 0..<3, k: 0..<3))
  }
}
