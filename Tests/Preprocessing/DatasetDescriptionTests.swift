import Foundation
import Preprocessing
import Testing

@Suite("dataset.json")
struct DatasetDescriptionTests {
  private static func read(labels: String, more: String = "") throws -> DatasetDescription {
    let text =
      "{\"channel_names\": {\"1\": \"FLAIR\", \"0\": \"T1\"}, \"labels\": \(labels), \"numTraining\": 5\(more)}"
    return try DatasetDescription(parsing: Data(text.utf8))
  }

  @Test func plainLabels() throws {
    let dataset = try Self.read(labels: #"{"background": 0, "liver": 1, "tumour": 2, "ignore": 3}"#)
    #expect(dataset.channelNames == ["T1", "FLAIR"], "channels are in the order of their index")
    #expect(dataset.foregroundLabels == [1, 2])
    #expect(dataset.numberOfHeads == 3)
    #expect(dataset.ignoreLabel == 3)
    #expect(dataset.numberOfLabelEntries == 4)
    #expect(!dataset.hasRegions)
    #expect(dataset.name(of: 2) == "tumour")
    #expect(dataset.trainingCount == 5)
    #expect(dataset.numberOfInputChannels(hasPreviousStage: true) == 4)
  }

  @Test func regionsKeepTheFilesOrder() throws {
    let dataset = try Self.read(
      labels: #"{"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3}"#,
      more: #", "regions_class_order": [1, 2, 3]"#)
    #expect(dataset.hasRegions)
    #expect(dataset.regions.map { $0.name } == ["whole", "core", "enhancing"])
    #expect(dataset.numberOfHeads == 3)
    #expect(dataset.foregroundLabels == [1, 2, 3])
    #expect(dataset.name(of: 1) == "whole")
    #expect(dataset.name(of: 3) == "enhancing")
  }

  @Test func decathlonLayout() throws {
    let text = #"{"modality": {"0": "MRI"}, "labels": {"0": "background", "2": "Posterior", "1": "Anterior"}}"#
    let dataset = try DatasetDescription(parsing: Data(text.utf8))
    #expect(dataset.channelNames == ["MRI"])
    #expect(dataset.foregroundLabels == [1, 2])
    #expect(dataset.name(of: 1) == "Anterior")
  }

  @Test(arguments: [
    (#"{"background": 0, "a": 2}"#, "", "labels"),
    (#"{"a": 1}"#, "", "labels.background"),
    (#"{"background": 1, "a": 0}"#, "", "labels.background"),
    (#"{"background": 0}"#, "", "labels"),
    (#"{"background": 0, "a": 1, "ignore": 3}"#, "", "labels.ignore"),
    (#"{"background": 0, "a": 1, "ignore": [2, 3]}"#, "", "labels.ignore"),
    (#"{"background": 0, "a": "1"}"#, "", "labels.a"),
    (#"{"background": 0, "a": -1}"#, "", "labels.a"),
    (#"{"background": 0, "a": 1, "b": 1}"#, "", "labels"),
    (#"{"background": 0, "a": [1, 2]}"#, "", "regions_class_order"),
    (#"{"background": 0, "a": [1, 2]}"#, #", "regions_class_order": [1, 2]"#, "regions_class_order"),
    (#"{"background": 0, "a": 1, "a": 1}"#, "", ""),
  ])
  func violationsAreNamed(_ labels: String, _ more: String, _ key: String) {
    #expect { try Self.read(labels: labels, more: more) } throws: { ($0 as? DatasetDescriptionError)?.key == key }
  }

  @Test func channelsMustBeNumbered() {
    let text = #"{"channel_names": {"0": "a", "2": "b"}, "labels": {"background": 0, "x": 1}}"#
    #expect(throws: DatasetDescriptionError.self) { try DatasetDescription(parsing: Data(text.utf8)) }
    #expect(throws: DatasetDescriptionError.self) { try DatasetDescription(parsing: Data("[1".utf8)) }
    #expect(throws: DatasetDescriptionError.self) {
      try DatasetDescription(contentsOf: URL(filePath: "/nowhere/dataset.json"))
    }
  }
}
