import Foundation
import Imaging
import Preprocessing
import TestSupport
import Testing
import Training

@Suite("The summary of a validation")
struct ValidationSummaryTests {
  private struct Recorded: Decodable {
    struct Pair: Decodable {
      let reference: [UInt16]
      let prediction: [UInt16]
    }
    let cases: [String: Pair]
    let summary: String
  }

  /// numpy adds in another order: the last bits of a mean may differ.
  private static let rounding = 1e-14

  private static let grid = Geometry(
    width: 5, height: 4, depth: 3, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 1))

  @Test(
    "every figure is the one that nnU-Net's own evaluation gives (Golden/make_summary.py)",
    arguments: [
      ("labels", #"{"background": 0, "a": 1, "b": 2, "c": 3, "ignore": 4}"#),
      ("regions", #"{"background": 0, "a": [1, 2, 3], "b": [2, 3], "c": 3}, "regions_class_order": [1, 2, 3]"#),
    ])
  func summary(kind: String, labels: String) throws {
    let golden = try #require(try Golden.json([String: Recorded].self, "summary.json")[kind])
    let tree = try TemporaryFolder()
    let names = golden.cases.keys.sorted()
    for name in names {
      let pair = try #require(golden.cases[name])
      for (path, voxels) in [
        ("imagesTr/\(name)_0000", pair.reference), ("labelsTr/\(name)", pair.reference),
        ("m/fold_0/validation/\(name)", pair.prediction),
      ] {
        let place = tree.file("\(path).nii.gz")
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try NIfTI.write(LabelMap(geometry: Self.grid, voxels: voxels), to: place)
      }
    }
    let description =
      #"{"channel_names": {"0": "MRI"}, "labels": \#(labels), "numTraining": 3, "file_ending": ".nii.gz"}"#
    try Data(description.utf8).write(to: tree.file("dataset.json"))
    let validation = FoldValidation(
      dataset: try DatasetFolder(tree.url), model: tree.file("m"), configuration: "x", fold: 0)
    let scores = try validation.score(cases: names)
    let found = try JSONValue(parsing: Data(contentsOf: tree.file("m/fold_0/validation/summary.json")))
    let expected = try JSONValue(parsing: Data(golden.summary.utf8))
    #expect(found.difference(from: expected, rounding: Self.rounding) == nil)
    #expect(scores.foregroundMean.isNaN == (kind == "labels"), "no case has label 3")
  }
}
