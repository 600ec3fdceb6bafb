import Foundation
import TestSupport
import Testing

extension Workplace {
  /// What lies in the folder of a segmented run, and nothing else.
  static let outputs = ["image.nii.gz", "preview.png", "record.json", "ro-crate-metadata.json", "segmentation.nii.gz"]

  /// Written after the seal.
  private static let records = ["record.json", "ro-crate-metadata.json"]

  /// The output tree holds exactly the folders of the sealed runs, each complete, nothing hidden but the lock and the key; and the audit
  /// verifies.
  /// `also`: what the rule's `outputs` add to each segmented run.
  func expectWhole(also: [String] = [], _ here: SourceLocation = #_sourceLocation) async throws {
    let runs = try runs()
    var expected: Set<String> = []
    for run in runs {
      let folder = try #require(run["output_folder"], sourceLocation: here)
      #expect(expected.insert(folder).inserted, "two runs in \(folder)", sourceLocation: here)
      try expectComplete(run, in: folder, also, here)
    }
    #expect(try folders() == expected.sorted(), sourceLocation: here)
    #expect(try hidden() == [], sourceLocation: here)
    let audit = try await vigil("audit", "verify", "--output", output.path)
    #expect(audit.status == 0, "\(audit.output) \(audit.log)", sourceLocation: here)
  }

  private func expectComplete(
    _ run: [String: String], in folder: String, _ also: [String], _ here: SourceLocation
  ) throws {
    let place = output.appending(path: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    guard run["outcome"] == "segmented" else {
      #expect(names == ["reason.txt"], "\(folder)", sourceLocation: here)
      let reason = try String(contentsOf: place.appending(path: "reason.txt"), encoding: .utf8)
      #expect(reason.contains(run["error"] ?? "?"), "\(reason)", sourceLocation: here)
      return
    }
    #expect(names == (Self.outputs + also).sorted(), "\(folder)", sourceLocation: here)
    let record = try record(in: folder)
    #expect(record.run["id"] == run["id"], sourceLocation: here)
    #expect(record.run["outcome"] == "segmented", sourceLocation: here)
  }

  /// `record.json` of an output folder.
  func record(in folder: String) throws -> Record {
    let data = try Data(contentsOf: output.appending(path: folder).appending(path: "record.json"))
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let run = try #require(object["run"] as? [String: Any])
    return Record(
      run: run.mapValues { "\($0)" }, scores: (object["scores"] as? [[String: Any]])?.count ?? -1,
      text: String(decoding: data, as: UTF8.self))
  }

  /// What a test asks of `record.json`.
  struct Record {
    let run: [String: String]
    /// Number of rows under `scores`.
    let scores: Int
    let text: String
  }

  /// The folders two levels down, `<rule>/<name>`.
  private func folders() throws -> [String] {
    let manager = FileManager.default
    let groups = try manager.contentsOfDirectory(atPath: output.path).filter { isFolder($0) }
    return try groups.flatMap { group in
      try manager.contentsOfDirectory(atPath: output.appending(path: group).path).map { "\(group)/\($0)" }
    }.sorted()
  }

  private func isFolder(_ name: String) -> Bool {
    var isFolder: ObjCBool = false
    let path = output.appending(path: name).path
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// What the agent keeps for itself beside the database.
  static let kept = [".agent.lock", ".agent.at-hand", ".path-key"]

  /// Hidden things anywhere in the output tree, those aside.
  func hidden() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: output.path).filter { path in
      (path as NSString).lastPathComponent.hasPrefix(".") && !Self.kept.contains(path)
    }
  }

  /// While the agent was killed: what has its name is complete, the two records aside, which are written last.
  func expectNoHalfFolder(also: [String] = [], _ here: SourceLocation = #_sourceLocation) throws {
    guard FileManager.default.fileExists(atPath: output.path) else { return }
    for folder in try folders() where !folder.hasPrefix(".") && !folder.contains("/.") && !folder.hasPrefix("refused/")
    {
      let names = try FileManager.default.contentsOfDirectory(atPath: output.appending(path: folder).path).filter {
        !Self.records.contains($0) && !$0.hasPrefix(".")
      }
      let expected = (Self.outputs + also).filter { !Self.records.contains($0) }.sorted()
      #expect(names.sorted() == expected, "\(folder)", sourceLocation: here)
    }
  }
}
