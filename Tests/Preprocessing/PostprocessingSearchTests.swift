import Foundation
import Imaging
import Preprocessing
import Testing

@Suite("The search for postprocessing equals nnU-Net's")
struct PostprocessingSearchTests {
  /// What `Golden/make_postprocessing.py` wrote.
  struct Problem: Decodable {
    struct Case: Decodable {
      let prediction: Golden.Array
      let reference: Golden.Array
    }
    let name: String
    let dataset: String
    let cases: [Case]
    let found: String
  }

  private static func map(_ array: Golden.Array) -> LabelMap {
    let grid = Geometry(
      width: array.shape[2], height: array.shape[1], depth: array.shape[0], origin: SIMD3(), iStep: SIMD3(1, 0, 0),
      jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 1))
    return LabelMap(geometry: grid, voxels: array.bytes.map { UInt16($0) })
  }

  @Test func theSameRemovalsAndScoresAreFound() throws {
    let file = Golden.folder.appending(path: "postprocessing.json")
    let problems = try JSONDecoder().decode([Problem].self, from: Data(contentsOf: file))
    #expect(problems.count == 6)
    for problem in problems {
      let dataset = try DatasetDescription(parsing: Data(problem.dataset.utf8))
      let search = PostprocessingSearch(dataset: dataset)
      let cases = problem.cases.map { (prediction: Self.map($0.prediction), reference: Self.map($0.reference)) }
      let finding = try search.run(cases: cases.count) { cases[$0] }
      let expected = try Postprocessing(parsing: Data(problem.found.utf8), dataset: dataset)
      #expect(finding.postprocessing == expected, "\(problem.name)")
      let json = try JSONValue(parsing: Data(problem.found.utf8))
      for (scores, key) in [(finding.before, "input_folder"), (finding.after, "postprocessed")] {
        let mean = try #require(json[key]?["foreground_mean"]?["Dice"]?.number)
        #expect(abs(scores.foregroundMean - mean) < 1e-12, "\(problem.name), \(key)")
        let each = json[key]?["mean"]?.members?.compactMap { $0.value["Dice"]?.number } ?? []
        #expect(zip(scores.perTarget, each).allSatisfy { abs($0 - $1) < 1e-12 } && each.count == search.targets.count)
      }
    }
  }

  @Test func labelsThatNeverOccurChangeNothing() throws {
    let dataset = try DatasetDescription(
      parsing: Data(#"{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1, "b": 2}}"#.utf8))
    let grid = Geometry(
      width: 4, height: 1, depth: 1, origin: SIMD3(), iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 1))
    let prediction = LabelMap(geometry: grid, voxels: [1, 1, 0, 1])
    let reference = LabelMap(geometry: grid, voxels: [1, 1, 0, 0])
    let finding = try PostprocessingSearch(dataset: dataset).run(cases: 1) { _ in (prediction, reference) }
    #expect(finding.before.foregroundMean.isNaN, "one label has no score")
    #expect(finding.before.perTarget[1].isNaN)
    #expect(
      finding.postprocessing.steps == [.init(labels: [1])], "the joint step needs a mean; the label's own does not")
    #expect(finding.after.perTarget[0] == 1)
  }

  @Test func aCaseThatCannotBeReadIsAnError() throws {
    struct Unreadable: Error {}
    let dataset = try DatasetDescription(
      parsing: Data(#"{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}}"#.utf8))
    #expect(throws: Unreadable.self) {
      try PostprocessingSearch(dataset: dataset).run(cases: 2) { _ in throw Unreadable() }
    }
  }
}
