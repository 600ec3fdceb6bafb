import Foundation
import Imaging
import Preprocessing
import TestSupport
import Testing

@Suite("vigil evaluate")
struct EvaluateTests {
  private struct Recorded: Decodable {
    struct Case: Decodable {
      let name: String
      let shape: [Int]
      let spacing: [Double]
      let reference: [UInt16]
      let prediction: [UInt16]
    }
    let name: String
    let arguments: [String]
    let cases: [Case]
    let summary: String
  }

  /// numpy adds in another order: the last bits of a mean may differ.
  private static let rounding = 1e-14

  /// The cases as `prediction/c0.nii.gz` and `reference/c0.nii.gz`.
  private func write(_ cases: [Recorded.Case], to folder: TemporaryFolder) throws {
    for item in cases {
      let grid = Geometry(
        width: item.shape[2], height: item.shape[1], depth: item.shape[0], origin: .zero,
        iStep: SIMD3(item.spacing[2], 0, 0), jStep: SIMD3(0, item.spacing[1], 0), kStep: SIMD3(0, 0, item.spacing[0]))
      for (part, voxels) in [("reference", item.reference), ("prediction", item.prediction)] {
        let place = folder.file("\(part)/\(item.name).nii.gz")
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try NIfTI.write(LabelMap(geometry: grid, voxels: voxels), to: place)
      }
    }
  }

  @Test("writes the summary.json that nnU-Net writes: labels, regions, an ignore label, empty and full masks")
  func summary() throws {
    let sets = try Golden.json([Recorded].self, "evaluate.json")
    #expect(sets.count == 8)
    for golden in sets {
      let folder = try TemporaryFolder()
      try write(golden.cases, to: folder)
      let file = folder.file("summary.json")
      let ended = try BuiltVigil.run(
        ["evaluate", folder.file("prediction").path, folder.file("reference").path, "--summary", file.path]
          + golden.arguments)
      #expect(ended.status == 0, "\(golden.name): \(ended.log)")
      let found = try JSONValue(parsing: Data(contentsOf: file))
      let expected = try JSONValue(parsing: Data(golden.summary.utf8))
      #expect(found.difference(from: expected, rounding: Self.rounding) == nil, "\(golden.name)")
    }
  }

  @Test("a region is one row, and its figures are those of the union")
  func regions() throws {
    let sets = try Golden.json([Recorded].self, "evaluate.json")
    let golden = try #require(sets.first { $0.name == "regions" })
    let folder = try TemporaryFolder()
    try write(golden.cases, to: folder)
    let places = [folder.file("prediction/c0.nii.gz").path, folder.file("reference/c0.nii.gz").path]
    let ended = try BuiltVigil.run(["evaluate"] + places + ["--labels", "3+2,2+3,1", "--json"])
    let rows = ended.output.split(separator: "\n")
    #expect(rows.count == 2 && rows[0].contains(#""label":"2+3""#) && rows[1].contains(#""label":1,"#))
    let item = golden.cases[0]
    let masks = [item.prediction, item.reference].map { $0.map { $0 >= 2 } }
    let both = zip(masks[0], masks[1]).filter { $0 && $1 }.count
    let dice = 2 * Double(both) / Double(masks.joined().filter { $0 }.count)
    #expect(rows[0].contains(#""dice":\#(dice),"#), "\(rows[0])")
  }

  @Test("a folder without predictions is an error, not an empty table")
  func nothing() throws {
    let folder = try TemporaryFolder()
    let ended = try BuiltVigil.run(["evaluate", folder.url.path, folder.url.path])
    #expect(ended.status == 1 && ended.log.contains("holds no .nii.gz") && ended.output.isEmpty, "\(ended.log)")
  }

  @Test("what is no list of labels is wrong usage", arguments: ["", "0", "1,", "1+", "a", "65536", "1;2", "-1"])
  func nonsense(labels: String) throws {
    let ended = try BuiltVigil.run(["evaluate", "a.nii.gz", "b.nii.gz", "--labels=\(labels)"])
    #expect(ended.status == 64 && ended.log.contains("--labels"), "\(ended.log)")
  }
}
