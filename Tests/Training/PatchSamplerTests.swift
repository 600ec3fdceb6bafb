import Tensors
import Testing
import Training

@Suite("Patches cut from cases")
struct PatchSamplerTests {
  private static let shape = [6, 9, 7]

  /// The image holds each voxel's own index plus one; label 1 is at one voxel, label 2 at the voxels of the first slice.
  private static func item(marked: [Int]) -> TrainingCase {
    let count = shape.reduce(1, *)
    var labels = LabelPatch(shape: shape, repeating: 0)
    for index in 0..<shape[1] * shape[2] { labels.values[index] = 2 }
    labels.values[(marked[0] * shape[1] + marked[1]) * shape[2] + marked[2]] = 1
    return TrainingCase(
      name: "a", image: Tensor(shape: [1] + shape, elements: (0..<count).map { Float($0 + 1) }), labels: labels,
      targets: [[1], [2], [3]])
  }

  @Test("a patch holds the case's voxels in their places, and nothing beyond its edge")
  func copies() {
    let sampler = PatchSampler(cases: [Self.item(marked: [3, 4, 5])], sampleSize: [8, 5, 12], patchSize: [8, 5, 12])
    for draw in 0..<50 {
      var random = RandomSource(seed: 3, path: [draw])
      let patch = sampler.draw(forced: false, random: &random).patch
      #expect(patch.extent == [8, 5, 12])
      let inside = patch.labels.values.indices.filter { patch.labels.values[$0] >= 0 }
      // Wider than the case along the first and the last axis, so all of those is in it; five rows of nine are.
      #expect(inside.count == 6 * 5 * 7)
      let values = inside.map { patch.image.elements[$0] }
      #expect(values == values.sorted() && Set(values).count == values.count)
      #expect(
        patch.labels.values.indices.allSatisfy { (patch.labels.values[$0] >= 0) == (patch.image.elements[$0] > 0) })
    }
  }

  @Test("a forced patch is centred on a voxel of a class the case has, each class as often as another")
  func forced() {
    let sampler = PatchSampler(cases: [Self.item(marked: [3, 4, 5])], sampleSize: [3, 3, 3], patchSize: [3, 3, 3])
    var ones = 0
    for draw in 0..<400 {
      var random = RandomSource(seed: 5, path: [draw])
      let labels = sampler.draw(forced: true, random: &random).patch.labels.values
      #expect(labels.contains { $0 > 0 })
      if labels.contains(1) { ones += 1 }
    }
    // 200 are expected, with a standard deviation of 10; label 1 is one voxel, label 2 sixty-three.
    #expect((150..<250).contains(ones))
  }

  @Test("the bounds reach as far beyond the edge as the enlarged patch needs, and all between are drawn")
  func bounds() {
    let sampler = PatchSampler(cases: [Self.item(marked: [3, 4, 5])], sampleSize: [5, 5, 5], patchSize: [2, 2, 2])
    var firsts = Set<Int>()
    for draw in 0..<400 {
      var random = RandomSource(seed: 7, path: [draw])
      let patch = sampler.draw(forced: false, random: &random).patch
      let rows = (0..<5).map { row in (0..<5).contains { patch.labels.values[row * 25 + $0 * 5 + 2] >= 0 } }
      firsts.insert(rows.firstIndex(of: true).map { $0 == 0 ? 0 : -$0 } ?? 9)
    }
    // need = 3, so from -2 to 6 + 2 - 5: what begins within the case counts as 0 here.
    #expect(firsts == [0, -1, -2])
  }

  @Test(
    "how many of a batch are forced: nnU-Net's counts, and at least a third for the paper",
    arguments: [(2, 1, 1), (3, 1, 1), (4, 1, 2), (5, 2, 2), (7, 2, 3), (9, 3, 3), (12, 4, 4), (366, 121, 122)])
  func forcedCounts(batch: Int, v2: Int, paper: Int) {
    #expect((0..<batch).count { PatchSampler.isForced($0, of: batch, recipe: .v2) } == v2)
    #expect((0..<batch).count { PatchSampler.isForced($0, of: batch, recipe: .paper) } == paper)
  }

  @Test("of a class with very many voxels, ten thousand are kept, from all over the case")
  func bounded() {
    let shape = [30, 40, 25]
    let item = TrainingCase(
      name: "b", image: Tensor(shape: [1] + shape, elements: [Float](repeating: 0, count: 30_000)),
      labels: LabelPatch(shape: shape, repeating: 1), targets: [[1]])
    let places = item.foreground[0]
    #expect(places.count == TrainingCase.placesKept && Set(places).count == places.count)
    // A third of each tenth of the case, 1000 of 3000, with a standard deviation of 26.
    for tenth in 0..<10 {
      #expect((850..<1150).contains(places.count { $0 / 3000 == tenth }))
    }
  }

  @Test("what a cascade's first stage says is cut out in the same places, and is -1 beyond the edge")
  func previousStage() {
    var item = Self.item(marked: [3, 4, 5])
    item.previousStage = LabelPatch(shape: Self.shape, values: item.image.elements.map { Int16($0) })
    let sampler = PatchSampler(cases: [item], sampleSize: [8, 5, 12], patchSize: [8, 5, 12])
    for draw in 0..<50 {
      var random = RandomSource(seed: 3, path: [draw])
      let patch = sampler.draw(forced: draw % 2 == 0, random: &random).patch
      #expect(patch.previousStage?.values == patch.image.elements.map { $0 > 0 ? Int16($0) : -1 })
    }
  }
}
