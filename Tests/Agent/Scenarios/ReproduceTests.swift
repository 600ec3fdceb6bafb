import Audit
import Foundation
import GRDB
import TestSupport
import Testing

@Suite("vigil audit reproduce and verify")
struct ReproduceTests {
  @Test("a run is made again, from a folder and from an archive, and every output is the same bit for bit")
  func same() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    let packed = place.staging.appending(path: "packed")
    try SyntheticSeries(description: "tiny packed", seed: 2).write(to: packed)
    try packArchive(packed, to: place.inbox.appending(path: "2.tgz"))
    #expect(try await place.finish().status == 0)
    #expect(place.runCount == 2)
    for run in try place.runs() {
      let end = try await place.vigil("audit", "reproduce", run["id"] ?? "", "--output", place.output.path)
      #expect(end.status == 0, "\(end.output) \(end.log)")
      for name in ["image.nii.gz", "preview.png", "segmentation.dcm", "segmentation.nii.gz"] {
        #expect(end.output.contains("same \(name)\n"), "\(end.output)")
      }
      #expect(end.output.contains("left out report.html"))
    }
    try await place.expectWhole(also: ["report.html", "segmentation.dcm"])
  }

  @Test("two volumes of one series are both segmented, neither in place of the other, and each is made again")
  func twoVolumes() async throws {
    let place = try Workplace()
    let folder = place.inbox.appending(path: "1")
    let first = try SyntheticSeries(description: "tiny", seed: 1, study: "2.25.7", frame: "2.25.8").write(to: folder)
    let uid = try SyntheticSeries.uid(of: first[0])
    let more = place.staging.appending(path: "more")
    let others = try SyntheticSeries(
      description: "tiny", seed: 2, side: 24, study: "2.25.7", frame: "2.25.8"
    ).write(to: more)
    for file in others { try SyntheticSeries.setUID(uid, of: file) }
    try FileManager.default.moveItem(at: more, to: folder.appending(path: "more"))
    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    let runs = try place.runs()
    #expect(runs.map { $0["outcome"] } == ["segmented", "segmented"], "\(runs)")
    #expect(Set(runs.map { $0["series_uid"] }) == [uid])
    #expect(try place.ask("SELECT * FROM supersessions").isEmpty)
    for run in runs {
      let end = try await place.vigil("audit", "reproduce", run["id"] ?? "", "--output", place.output.path)
      #expect(end.status == 0 && end.output.contains("same segmentation.nii.gz\n"), "\(end.output) \(end.log)")
    }
    try await place.expectWhole()
  }

  @Test("a rule that others may change is used for it where that is said, and only there")
  func writableRules() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await place.finish().status == 0)
    let id = try #require(try place.runs().first?["id"])
    #expect(chmod(place.rules.appending(path: "tiny/rule.yaml").path, 0o666) == 0)
    let refused = try await place.vigil("audit", "reproduce", id, "--output", place.output.path)
    #expect(refused.status == 1, "\(refused.output)")
    let allowed = try await place.vigil(
      "audit", "reproduce", id, "--allow-writable-rules", "--output", place.output.path)
    #expect(allowed.status == 0 && allowed.output.contains("same segmentation.nii.gz\n"), "\(allowed.log)")
  }

  @Test("what is not as it was is named: an output on record, an input, the rule, a run that is no segmentation")
  func different() async throws {
    let place = try Workplace()
    let files = try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await place.finish().status == 0)
    let id = try #require(try place.runs().first { $0["outcome"] == "segmented" }?["id"])
    func reproduced(_ id: String = id) async throws -> Vigil.Ended {
      try await place.vigil("audit", "reproduce", id, "--output", place.output.path)
    }
    let scout = try #require(try place.runs().first { $0["outcome"] == "unmatched" }?["id"])
    let none = try await reproduced(scout)
    #expect(none.status == 69 && none.log.contains("only a segmentation can be made again"), "\(none.log)")

    let forged = String(repeating: "a", count: 64)
    try place.tamper(
      "DROP TRIGGER file_no_update; UPDATE file SET sha256 = '\(forged)' WHERE path LIKE '%segmentation.nii.gz'")
    let output = try await reproduced()
    #expect(
      output.status == 1 && output.output.contains("different: segmentation.nii.gz: made again it has other bytes"))
    #expect(output.output.contains("same image.nii.gz"))

    let rule = place.rules.appending(path: "tiny/rule.yaml")
    let text = try Data(contentsOf: rule)
    try (text + Data("# edited\n".utf8)).write(to: rule)
    let edited = try await reproduced()
    #expect(edited.status == 1 && edited.output.contains("tiny/rule.yaml was edited since"), "\(edited.output)")
    try text.write(to: rule)
    try SyntheticSeries.change(files[3]) { $0[$0.count - 1] ^= 1 }
    try FileManager.default.removeItem(at: files[5])
    let inputs = try await reproduced()
    #expect(inputs.status == 1 && inputs.output.contains("has changed") && inputs.output.contains("is gone"))
  }

  @Test("verify names what was added, taken away and changed among outputs and models, and events of another hand")
  func tampered() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await place.finish().status == 0)
    let folder = place.output.appending(path: try #require(try place.runs().first?["output_folder"]))
    try Data("new".utf8).write(to: folder.appending(path: "extra.nii.gz"))
    try FileManager.default.createDirectory(
      at: place.output.appending(path: "tiny/nobodys"), withIntermediateDirectories: true)
    try FileManager.default.removeItem(at: folder.appending(path: "preview.png"))
    try SyntheticSeries.change(folder.appending(path: "segmentation.nii.gz")) { $0[$0.count - 1] ^= 1 }
    try Data("{}".utf8).write(to: place.model.appending(path: "dataset.json"))
    try place.tamper(
      """
      INSERT INTO event SELECT max(id) + 1, '2026-01-01T00:00:00.000Z', NULL, 'forged', '{}',
        (SELECT sha256 FROM event ORDER BY id DESC LIMIT 1), '\(String(repeating: "f", count: 64))' FROM event
      """)
    let end = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(end.status == 1)
    for words in [
      "extra.nii.gz: no run tells of it", "tiny/nobodys: no run tells of it", "preview.png: missing",
      "segmentation.nii.gz: its bytes have changed", "dataset.json: its bytes have changed",
      "its contents have been changed",
    ] {
      #expect(end.output.contains(words), "\(words) is not in \(end.output)")
    }
  }
}

extension Workplace {
  /// Changes the database as somebody with another program would.
  func tamper(_ sql: String) throws {
    let queue = try DatabaseQueue(path: output.appending(path: AuditDatabase.fileName).path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }
}
