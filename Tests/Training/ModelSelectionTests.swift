import Foundation
import Imaging
import Models
import Preprocessing
import Tensors
import TestSupport
import Testing
import Training

@Suite("Selection from cross-validation")
struct ModelSelectionTests {
  private let tree: TemporaryFolder
  private static let side = 8
  /// A mean of ten equal numbers is off by a few of the last bits of a Double.
  private static let rounding = 1e-12
  private static let grid = Geometry(
    width: side, height: side, depth: side, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
    kStep: SIMD3(0, 0, 1))

  init() throws {
    tree = try TemporaryFolder()
    let labels = try folder("data/labelsTr")
    let images = try folder("data/imagesTr")
    for index in 0..<10 {
      try NIfTI.write(Self.reference, to: labels.appending(path: "case\(index).nii.gz"))
      let image = Volume(geometry: Self.grid, voxels: Self.reference.voxels.map { Float($0) })
      try NIfTI.write(image, to: images.appending(path: "case\(index)_0000.nii.gz"))
    }
    let description =
      #"{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 10, "file_ending": ".nii.gz"}"#
    try Data(description.utf8).write(to: tree.file("data/dataset.json"))
  }

  private func folder(_ path: String) throws -> URL {
    try FileManager.default.createDirectory(at: tree.file(path), withIntermediateDirectories: true)
    return tree.file(path)
  }

  /// Label 1 fills slices 2 and 3, label 2 slice 5, both 4 x 4 in the middle: 32 and 16 voxels.
  private static let reference = map { i, j, k in
    guard (2..<6).contains(i), (2..<6).contains(j) else { return 0 }
    return k == 2 || k == 3 ? 1 : k == 5 ? 2 : 0
  }

  private static func map(_ label: (Int, Int, Int) -> UInt16) -> LabelMap {
    var voxels: [UInt16] = []
    for k in 0..<side { for j in 0..<side { for i in 0..<side { voxels.append(label(i, j, k)) } } }
    return LabelMap(geometry: grid, voxels: voxels)
  }

  /// Predictions of all cases by one configuration; with probabilities of `certainty` for the label that it gives.
  private func validate(_ configuration: String, _ prediction: LabelMap, certainty: Float?) throws {
    let model = "T__P__\(configuration)"
    try Data("{}".utf8).write(to: folder("results/\(model)").appending(path: "plans.json"))
    for index in 0..<10 {
      let validation = try folder("results/\(model)/fold_\(index / 2)/validation")
      try NIfTI.write(prediction, to: validation.appending(path: "case\(index).nii.gz"))
      guard let certainty else { continue }
      let count = prediction.voxels.count
      var values = [Float](repeating: (1 - certainty) / 2, count: 3 * count)
      for voxel in 0..<count { values[Int(prediction.voxels[voxel]) * count + voxel] = certainty }
      let shape = [3, Self.side, Self.side, Self.side]
      try SafetensorsFile.write(
        ["probabilities": Tensor(shape: shape, elements: values)], metadata: [:],
        to: validation.appending(path: "case\(index).probabilities.safetensors"))
    }
  }

  private func select() throws -> ModelSelection.Outcome {
    try ModelSelection(dataset: DatasetFolder(tree.file("data")), results: tree.file("results")).run()
  }

  /// The reference with `wrong` voxels of label 1 in a far corner, one beside the other.
  private func withIsland(_ wrong: Int) -> LabelMap {
    var map = Self.reference
    for voxel in 0..<wrong { map.voxels[voxel] = 1 }
    return map
  }

  @Test("the highest mean over the labels wins; each fold's and label's Dice are those counted by hand")
  func means() throws {
    try validate("2d", withIsland(8), certainty: nil)
    try validate("3d_fullres", withIsland(4), certainty: nil)
    let outcome = try select()
    #expect(outcome.candidates.map { $0.title } == ["3d_fullres", "2d"])
    // 2 * 32 / (32 + 32 + 4) and 2 * 16 / (16 + 16)
    for (found, expected) in zip(outcome.candidates.map { $0.means }, [[64.0 / 68, 1], [64.0 / 72, 1]]) {
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < Self.rounding })
    }
    #expect(outcome.winner.folds.map { $0.fold } == [0, 1, 2, 3, 4])
    #expect(outcome.winner.cases.map { $0.fold } == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    #expect(outcome.leftOut.count == 2)  // neither kept its probabilities
  }

  @Test("what keeping the largest component gains is found, and kept where inference looks for it")
  func postprocessing() throws {
    try validate("3d_fullres", withIsland(4), certainty: nil)
    let outcome = try select()
    #expect(outcome.finding.postprocessing.steps.map { $0.labels } == [[1]])
    #expect(outcome.finding.after.perTarget == [1, 1])
    let file = tree.file("results/T__P__3d_fullres/crossval_results_folds_0_1_2_3_4/postprocessing.json")
    let description = try DatasetFolder(tree.file("data")).description
    #expect(try Postprocessing(parsing: Data(contentsOf: file), dataset: description).steps.count == 1)
    let table = try JSONValue(parsing: Data(contentsOf: tree.file("results/cross_validation.json")))
    #expect(table["candidates"]?.elements?.count == 1)
  }

  @Test("an ensemble averages probabilities: the surer of two that disagree is believed, and it can win")
  func ensemble() throws {
    // One lacks label 2 and is half sure of everything; the other has an island of label 1 and is surer.
    var lacking = Self.reference
    for voxel in lacking.voxels.indices where lacking.voxels[voxel] == 2 { lacking.voxels[voxel] = 0 }
    try validate("2d", lacking, certainty: 0.5)
    try validate("3d_fullres", withIsland(4), certainty: 0.9)
    let outcome = try select()
    #expect(outcome.candidates.count == 3)
    let ensemble = try #require(outcome.candidates.first { $0.models.count == 2 })
    #expect(ensemble.title == "2d + 3d_fullres")
    let off = zip(ensemble.means, [64.0 / 68, 1]).map { abs($0 - $1) }
    #expect(off.allSatisfy { $0 < Self.rounding })  // where they disagree, 0.9 beats 0.5
    #expect(outcome.winner.title == "3d_fullres")  // of equals the one with fewer models
    let file = tree.file("results/ensembles/ensemble___T__P__2d___T__P__3d_fullres___0_1_2_3_4/case3.nii.gz")
    #expect(try NIfTI.readLabels(file).voxels == withIsland(4).voxels)
  }

  @Test("folds that are missing or overlap are named; nothing is selected from a part of the cases")
  func incomplete() throws {
    try validate("3d_fullres", Self.reference, certainty: nil)
    let results = tree.file("results/T__P__3d_fullres")
    try FileManager.default.copyItem(
      at: results.appending(path: "fold_1/validation/case2.nii.gz"),
      to: results.appending(path: "fold_4/validation/case2.nii.gz"))
    #expect { try select() } throws: { "\($0)".contains("case case2 was held back by fold 1 and by fold 4") }
    try FileManager.default.removeItem(at: results.appending(path: "fold_4"))
    #expect { try select() } throws: { "\($0)".contains("8 of 10 cases") }
  }

  @Test("a tensor of another shape among the probabilities is refused")
  func wrongShape() throws {
    try validate("2d", Self.reference, certainty: 0.8)
    try validate("3d_fullres", Self.reference, certainty: 0.8)
    let file = tree.file("results/T__P__2d/fold_0/validation/case0.probabilities.safetensors")
    try SafetensorsFile.write(
      ["probabilities": Tensor(shape: [3, 1, 1, 1], elements: [1, 0, 0])], metadata: [:], to: file)
    #expect { try select() } throws: { "\($0)".contains("expected a tensor \"probabilities\" of shape [3, 8, 8, 8]") }
  }
}
