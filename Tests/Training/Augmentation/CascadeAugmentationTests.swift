import Tensors
import TestSupport
import Testing
import Training

struct CascadeAugmentationTests {
  @Test func `morphology is batchgeneratorsv2's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    #expect(golden.morphology.count == 32)
    for test in golden.morphology {
      let (shape, mask) = try golden.array(test.mask)
      let operation = try #require(Morphology(rawValue: test.operation))
      let found = operation.applied(to: BitVolume(mask.map { $0 != 0 }, shape: shape), radius: test.radius)
      let peers = try golden.array(test.name).values.map { $0 != 0 }
      #expect(found.voxels == peers, "\(test.name)")
    }
  }

  @Test func `balls and disks are scikit-image's`() throws {
    for element in try GoldenAugmentation.shared.get().elements {
      let found = StructuringElement(radius: element.radius, isFlat: element.isFlat)
      #expect(found.rows.reduce(0) { $0 + $1.last - $1.first + 1 } == element.voxels, "radius \(element.radius)")
    }
  }

  @Test func `the previous stage becomes channels, a label each`() {
    let shape = [1, 1, 4]
    let patch = TrainingPatch(
      image: Tensor(shape: [1] + shape, elements: [5, 6, 7, 8]),
      labels: LabelPatch(shape: shape, values: [0, 1, 2, 0]),
      previousStage: LabelPatch(shape: shape, values: [2, 0, -1, 1]))
    let found = CascadeAugmentation(labels: [1, 2]).appended(to: patch)
    #expect(found.image.shape == [3, 1, 1, 4])
    #expect(found.image.elements == [5, 6, 7, 8, 0, 0, 0, 1, 1, 0, 0, 0])
    #expect(found.previousStage == nil)
  }

  @Test func `what a label gains the others lose`() {
    var patch = twoLabels
    CascadeAugmentation(labels: [1, 2]).apply(.dilation, radius: 1, to: 1, of: &patch)
    // Label 1 grows over one voxel of the background and one of label 2.
    #expect(channel(1, patch) == [0, 1, 1, 1, 1, 0, 0, 0])
    #expect(channel(2, patch) == [0, 0, 0, 0, 0, 1, 0, 1])
    CascadeAugmentation(labels: [1, 2]).apply(.erosion, radius: 1, to: 1, of: &patch)
    #expect(channel(1, patch) == [0, 0, 1, 1, 0, 0, 0, 0])
    #expect(channel(2, patch) == [0, 0, 0, 0, 0, 1, 0, 1])
    #expect(channel(0, patch) == channel(0, twoLabels))
  }

  @Test func `one small component is removed, a large one never`() {
    // Of 8 voxels, 15 % are 1.2: only single voxels are small.
    var patch = twoLabels
    let cascade = CascadeAugmentation(labels: [1, 2])
    cascade.removeComponent(of: 1, in: &patch) { _ in 0 }
    #expect(patch == twoLabels)
    cascade.removeComponent(of: 2, in: &patch) { count in
      #expect(count == 1)
      return 0
    }
    #expect(channel(2, patch) == [0, 0, 0, 0, 1, 1, 0, 0])
  }

  @Test func `mistakes are made as often as they should`() {
    let cascade = CascadeAugmentation(labels: [1, 2])
    var random = RandomSource(seed: 6)
    var (grown, changed) = (0, 0)
    let runs = 2000
    for _ in 0..<runs {
      let found = cascade.augmented(twoLabels, random: &random)
      if channel(1, found) != channel(1, twoLabels) { grown += 1 }
      if found != twoLabels { changed += 1 }
    }
    // In 0.4 of the samples a channel is worked on with probability a half. Three of the four operations always change channel 1; at most
    // all four do, on either channel.
    #expect((0.15...0.30).contains(Double(grown) / Double(runs)))
    // And in 0.2 of the samples, with a half, channel 2 loses its small component.
    #expect((0.2...0.37).contains(Double(changed) / Double(runs)))
  }

  @Test func `the paper's recipe works on every channel of a chosen sample`() {
    let cascade = CascadeAugmentation(labels: [1, 2], recipe: .paper)
    var random = RandomSource(seed: 6)
    let runs = 2000
    let changed = (0..<runs).count { _ in cascade.augmented(twoLabels, random: &random) != twoLabels }
    // At least one of the channels is changed by nearly every operation, and 0.2 of the samples lose a component: 1 - 0.6 x 0.8 = 0.52.
    #expect((0.45...0.56).contains(Double(changed) / Double(runs)))
  }

  private let twoLabels = TrainingPatch(
    image: Tensor(
      shape: [3, 1, 1, 8],
      elements: [9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1]),
    labels: LabelPatch(shape: [1, 1, 8], repeating: 0))

  private func channel(_ channel: Int, _ patch: TrainingPatch) -> [Float] {
    Array(patch.image.elements[channel * patch.labels.count..<(channel + 1) * patch.labels.count])
  }
}
