import Foundation
import Imaging
import Preprocessing
import Testing

@Suite("Postprocessing")
struct PostprocessingTests {
  private static let dataset = #"{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1, "b": 2, "c": 3}}"#

  private static func read(_ text: String) throws -> Postprocessing {
    try Postprocessing(parsing: Data(text.utf8), dataset: DatasetDescription(parsing: Data(dataset.utf8)))
  }

  private static func v2(_ labels: String) -> String {
    #"{"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation"], "postprocessing_kwargs": [{"labels_or_regions": \#(labels)}], "input_folder": {"x": NaN}}"#
  }

  private static func segmentation(_ voxels: [UInt16], width: Int) throws -> Segmentation {
    let grid = Geometry(
      width: width, height: voxels.count / width, depth: 1, origin: SIMD3(), iStep: SIMD3(2, 0, 0),
      jStep: SIMD3(0, 2, 0), kStep: SIMD3(0, 0, 5))
    return Segmentation(
      measuring: LabelMap(geometry: grid, voxels: voxels), dataset: try DatasetDescription(parsing: Data(dataset.utf8)))
  }

  @Test func theLargestComponentStays() throws {
    let before = try Self.segmentation(
      [
        1, 1, 0, 0, 2, 0,
        0, 0, 1, 0, 0, 3,
        0, 0, 0, 0, 1, 1,
      ], width: 6)
    let dataset = try DatasetDescription(parsing: Data(Self.dataset.utf8))
    let (after, removals) = try Self.read(Self.v2("1")).applied(to: before, dataset: dataset)
    #expect(after.labels.voxels == [1, 1, 0, 0, 2, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0], "diagonals connect in v2")
    #expect(removals == [Postprocessing.Removal(labels: [1], components: 1, voxels: 2)])
    #expect(after.perLabel.map { $0.voxels } == [3, 1, 1])
    #expect(after.perLabel[0].millilitres == 3 * 20 / 1000.0)
    let (joint, _) = try Self.read(Self.v2("[1, 2, 3]")).applied(to: before, dataset: dataset)
    #expect(joint.labels.voxels == [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 1])
    let first = try Self.read(#"{"for_which_classes": [[1, 2, 3], 1], "min_valid_object_sizes": "None"}"#)
    let (faces, steps) = first.applied(to: before, dataset: dataset)
    #expect(faces.labels.voxels == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 1], "faces connect in v1")
    #expect(steps.map { $0.voxels } == [4, 0])
  }

  @Test func equalComponentsAllStay() throws {
    let before = try Self.segmentation([1, 0, 1, 0, 2], width: 5)
    let dataset = try DatasetDescription(parsing: Data(Self.dataset.utf8))
    let (after, removals) = try Self.read(Self.v2("[[1]]")).applied(to: before, dataset: dataset)
    #expect(after == before)
    #expect(removals[0].components == 0)
  }

  @Test func whatItWritesItReads() throws {
    let steps = Postprocessing(steps: [.init(labels: [1, 2, 3]), .init(labels: [2])])
    #expect(try Self.read(steps.json.formatted) == steps)
  }

  @Test(arguments: [
    v2("4"), v2("0"), v2("[]"), v2("\"1\""), "{}", "[",
    #"{"postprocessing_fns": ["rm"], "postprocessing_kwargs": [{}]}"#,
    #"{"for_which_classes": [1], "min_valid_object_sizes": "{1: 5}"}"#,
  ])
  func whatCannotBeAppliedIsAnError(_ text: String) {
    #expect(throws: PostprocessingError.self) { try Self.read(text) }
  }
}
