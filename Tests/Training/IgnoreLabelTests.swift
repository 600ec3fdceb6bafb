import Foundation
import Imaging
import Preprocessing
import Tensors
import TestSupport
import Testing
import Training

@Suite("An ignore label")
struct IgnoreLabelTests {
  private struct Peers: Decodable {
    struct Kept: Decodable {
      let of: Int
      let places: Int
    }
    struct Case: Decodable, CustomTestStringConvertible {
      let shape: [Int]
      let sample: [Int]
      let patch: [Int]
      let voxels: [[Int]]
      let forced: Bool
      let corners: [[Int]]
      var testDescription: String { "\(shape), \(voxels), \(forced ? "forced" : "not forced")" }
    }
    let kept: Kept
    let cases: [Case]
  }

  private static let peers = Result { try Golden.json(Peers.self, "patches.json") }

  @Test("patches are cut where nnU-Net cuts them: forced ones around a class, the others around what is annotated")
  func corners() throws {
    let cases = try Self.peers.get().cases
    #expect(cases.count == 32)
    for test in cases {
      var labels = LabelPatch(shape: test.shape, repeating: 3)
      for voxel in test.voxels {
        labels.values[(voxel[1] * test.shape[1] + voxel[2]) * test.shape[2] + voxel[3]] = Int16(voxel[0])
      }
      let count = labels.count
      // The image holds each voxel's own index plus one, by which the patch's corner is found.
      let item = TrainingCase(
        name: "a", image: Tensor(shape: [1] + test.shape, elements: (0..<count).map { Float($0 + 1) }), labels: labels,
        targets: [[1], [2]], annotated: [-1, 0, 1, 2])
      let sampler = PatchSampler(cases: [item], sampleSize: test.sample, patchSize: test.patch)
      var found = Set<[Int]>()
      for draw in 0..<400 {
        var random = RandomSource(seed: 3, path: [draw])
        found.insert(try corner(of: sampler.draw(forced: test.forced, random: &random).patch, in: test.shape))
      }
      #expect(found == Set(test.corners), "\(test.testDescription)")
    }
  }

  private func corner(of patch: TrainingPatch, in shape: [Int]) throws -> [Int] {
    let place = try #require(patch.image.elements.firstIndex { $0 > 0 })
    let voxel = Int(patch.image.elements[place]) - 1
    let size = patch.extent
    let inPatch = [place / (size[1] * size[2]), place / size[2] % size[1], place % size[2]]
    let inCase = [voxel / (shape[1] * shape[2]), voxel / shape[2] % shape[1], voxel % shape[2]]
    return zip(inCase, inPatch).map { $0 - $1 }
  }

  @Test("of a class of more than a million voxels a hundredth is kept, as nnU-Net keeps it")
  func kept() throws {
    let (peers, shape) = (try Self.peers.get().kept, [70, 120, 125])
    #expect(shape.reduce(1, *) == peers.of)
    let item = TrainingCase(
      name: "b", image: Tensor(shape: [1] + shape, elements: [Float](repeating: 0, count: peers.of)),
      labels: LabelPatch(shape: shape, repeating: 1), targets: [[1]])
    #expect(item.foreground[0].count == peers.places && item.annotated == nil)
  }

  @Test("a network learns from three annotated slices, and what it says of the others is not scored")
  func learns() throws {
    let data = try BallData(ignoring: true)
    let plans = try data.plans(.v2)
    // As in nnU-Net, intensities are measured over what is to be ignored too: the balls alone differ by 120, nearly all else by 8.
    #expect((plans.intensityProperties.first??.std ?? 99) < 30)
    let planned = try plans.configuration("3d_fullres")
    let split = try FiveFolds(cases: data.dataset.cases.map { $0.name }).folds[0]
    let set = try TrainingSet(
      data.dataset, names: split.training + split.validation, plans: plans, configuration: planned)
    let settings = TrainingSettings(recipe: .v2, epochs: 2, iterations: 25, validationIterations: 2)
    let model = try data.folder.model(
      data.dataset, plans: plans, configuration: "3d_fullres", trainer: settings.trainerName)
    var records: [EpochRecord] = []
    try Trainer(
      dataset: data.dataset.description, configuration: planned, fold: 0, settings: settings,
      folder: model.appending(path: "fold_0")
    ).run(set, split: split) { record in
      records.append(record)
      return true
    }
    #expect((records.last?.meanDice ?? 0) > 0.5, "\(records)")
    let scores = try FoldValidation(
      dataset: data.dataset, model: model, configuration: "3d_fullres", fold: 0, keepsProbabilities: false
    ).run(cases: split.validation)
    #expect(scores.means.allSatisfy { $0 > 0.5 }, "\(scores.means)")
    // Where nobody annotated, the balls are found all the same: they are not taken for background.
    for name in split.validation {
      let file = model.appending(path: "fold_0/validation/\(name).nii.gz")
      var found = try NIfTI.readLabels(file)
      let whole = try data.wholeLabels(name)
      let hidden = try data.hiddenVoxels(name)
      for label: UInt16 in [1, 2] {
        let marked = hidden.filter { whole.voxels[$0] == label }
        let hits = marked.count { found.voxels[$0] == label }
        #expect(hits * 2 > marked.count, "label \(label): \(hits) of \(marked.count)")
      }
      for place in hidden { found.voxels[place] = 1 }
      try NIfTI.write(found, to: file)
    }
    let again = try FoldValidation(
      dataset: data.dataset, model: model, configuration: "3d_fullres", fold: 0, keepsProbabilities: false
    ).run(cases: split.validation)
    #expect(again.means == scores.means)
  }
}
