import Imaging
import TestSupport
import Testing

@Suite("Connected components")
struct ComponentsTests {
  @Test("equal the plain twin on random masks of any density", arguments: Connectivity.allCases)
  func random(connectivity: Connectivity) {
    var random = SplitMix64(seed: 21)
    let shapes = [[1, 1, 1], [1, 9, 11], [7, 1, 8], [6, 7, 1], [5, 6, 7], [9, 10, 17]]
    for shape in shapes {
      for density in [0.05, 0.2, 0.35, 0.5, 0.8, 1] {
        let mask = (0..<shape.reduce(1, *)).map { _ in random.uniform() < density }
        let fast = Components(of: mask, shape: shape, connectivity: connectivity)
        let plain = Components.reference(of: mask, shape: shape, connectivity: connectivity)
        #expect(fast.numbers == plain.numbers)
        #expect(fast.sizes == plain.sizes)
      }
    }
  }

  @Test("a diagonal pair is one component by corners and two by faces, in space and in a slice")
  func diagonal() {
    for (shape, mask) in [
      ([2, 2, 2], [true, false, false, false, false, false, false, true]), ([1, 2, 2], [true, false, false, true]),
    ] {
      #expect(Components(of: mask, shape: shape, connectivity: .full).sizes == [2])
      #expect(Components(of: mask, shape: shape, connectivity: .faces).sizes == [1, 1])
    }
  }

  @Test("only the largest component of the named labels' union stays, all of them where they tie")
  func largest() {
    let grid = Geometry(
      width: 8, height: 1, depth: 1, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 1))
    let map = LabelMap(geometry: grid, voxels: [1, 2, 0, 1, 3, 0, 2, 2])
    let union = map.keepingLargestComponent(of: [1, 2])
    #expect(union.labels.voxels == [1, 2, 0, 0, 3, 0, 2, 2])
    #expect(union.removedComponents == 1 && union.removedVoxels == 1)
    let single = map.keepingLargestComponent(of: [2])
    #expect(single.labels.voxels == [1, 0, 0, 1, 3, 0, 2, 2])
    #expect(map.keepingLargestComponent(of: [1]).labels == map)
    #expect(map.keepingLargestComponent(of: [9]).labels == map)
  }

  @Test("in space, what is removed is what the plain twin says", arguments: Connectivity.allCases)
  func largestInSpace(connectivity: Connectivity) {
    var random = SplitMix64(seed: 22)
    let grid = Geometry(
      width: 14, height: 11, depth: 9, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 1))
    for _ in 0..<20 {
      let labels = (0..<grid.count).map { index -> UInt16 in
        let isInside = index % 14 > 2 && index % 14 < 12 && index / 154 > 1
        return isInside && random.uniform() < 0.25 ? UInt16.random(in: 1...3, using: &random) : 0
      }
      let plain = Components.reference(
        of: labels.map { $0 == 1 || $0 == 3 }, shape: grid.shape, connectivity: connectivity)
      let largest = plain.sizes.max() ?? 0
      let expected = labels.indices.map { index in
        plain.numbers[index] > 0 && plain.sizes[Int(plain.numbers[index]) - 1] < largest ? 0 : labels[index]
      }
      let kept = LabelMap(geometry: grid, voxels: labels).keepingLargestComponent(
        of: [1, 3], connectivity: connectivity)
      #expect(kept.labels.voxels == expected)
      #expect(kept.removedVoxels == plain.sizes.filter { $0 < largest }.reduce(0, +))
    }
  }

  @Test("statistics: count, box, centroid and volume of each label")
  func statistics() throws {
    let grid = Geometry(
      width: 3, height: 2, depth: 2, origin: SIMD3(10, 20, 30), iStep: SIMD3(0, 2, 0), jStep: SIMD3(0, 0, 1),
      kStep: SIMD3(5, 0, 0))
    let map = LabelMap(geometry: grid, voxels: [0, 4, 4, 0, 0, 0, 0, 0, 7, 0, 4, 0])
    let found = map.statistics()
    #expect(Set(found.keys) == [4, 7])
    let four = try #require(found[4])
    #expect(four.voxels == 3 && four.box == Box(i: 1..<3, j: 0..<2, k: 0..<2))
    #expect((four.centroid(in: grid) - SIMD3(10 + 5.0 / 3, 20 + 8.0 / 3, 30 + 1.0 / 3)).length < 1e-12)
    #expect(four.volume(in: grid) == 0.03)
    #expect(map.boundingBox == Box(i: 1..<3, j: 0..<2, k: 0..<2))
    #expect(LabelMap(geometry: grid, voxels: [UInt16](repeating: 0, count: 12)).boundingBox == nil)
  }
}
