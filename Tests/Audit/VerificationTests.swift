import Audit
import Digests
import Foundation
import Testing

struct VerificationTests {
  @Test func anUntouchedRecordVerifies() throws {
    let fixture = try AuditFixture()
    try fixture.audit.recordEvent(kind: "agent-started", detail: ["inboxes": ["a\u{1}\"\\\n é"]])
    for i in 0..<5 { try fixture.sealed("\(i)") }
    let report = try fixture.audit.verifyChain()
    #expect(report.events == 11 && report.runs == 5 && report.differences.isEmpty)
  }

  /// The digest is what interface and schema say it is, computed here once more by hand.
  @Test func anEventsDigestCanBeComputedByAnybody() throws {
    let fixture = try AuditFixture()
    try fixture.audit.recordEvent(kind: "k", detail: ["a": 1])
    let row = try #require(try fixture.audit.ask(sql: "SELECT at, previous_sha256, sha256 FROM events").rows.first)
    #expect(row[1].text == String(repeating: "0", count: 64))
    let json = #"{"at":"\#(row[0].text)","detail":"{\"a\":1}","id":1,"kind":"k","run_id":null}"#
    #expect(row[2].text == SHA256Digest(of: row[1].text + json).description)
  }

  @Test(arguments: [
    ("UPDATE event SET detail = '{}' WHERE id = 2", "event 2: its contents have been changed"),
    ("DELETE FROM event WHERE id = 3", "event 4: it follows on event 2: some are missing"),
    (
      "UPDATE event SET at = '2020-01-01T00:00:00.000Z', sha256 = '\(String(repeating: "a", count: 64))' WHERE id = 1",
      "event 2: it does not follow the event before it"
    ),
    ("UPDATE run SET rule = 'x' WHERE series_uid = '1'", "its row, stages or files have been changed"),
    ("UPDATE stage SET facts = '{}'", "its row, stages or files have been changed"),
    ("DELETE FROM file", "its row, stages or files have been changed"),
    ("UPDATE file SET sha256 = '\(String(repeating: "b", count: 64))'", "its row, stages or files have been changed"),
    ("DELETE FROM run WHERE series_uid = '1'", "it was sealed and is gone"),
    ("UPDATE score SET dice = 0.99", "its scores have been changed"),
    ("DELETE FROM score", "its scores have been changed"),
    (
      "INSERT INTO score SELECT NULL, run_id, reference_sha256, 9, label_name, 1, 0, 1, 1, 1, recorded_at FROM score",
      "it has scores that no event tells of"
    ),
  ])
  func tamperingShows(sql: String, said: String) throws {
    let fixture = try AuditFixture()
    let run = try fixture.sealed(
      "1", files: [FileEntry(role: .input, path: "/a", bytes: 1, sha256: SHA256Digest(of: "a"))])
    try fixture.audit.recordScores(
      run.id,
      [
        ScoreEntry(
          referenceSHA256: SHA256Digest(of: "m"), label: 1, labelName: "A", dice: 0.5, hd95Millimetres: 1,
          nsd1Millimetre: 1, volumeMillilitres: 1, referenceVolumeMillilitres: 1)
      ])
    try fixture.sealed("2")
    #expect(try fixture.audit.verifyChain().differences.isEmpty)
    let triggers = try fixture.audit.ask(sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'").rows
    for trigger in triggers { try fixture.tamper("DROP TRIGGER \(trigger[0].text)") }
    try fixture.tamper("PRAGMA foreign_keys = OFF", sql)
    let found = try fixture.audit.verifyChain().differences.map { $0.description }
    #expect(found.contains { $0.hasSuffix(said) }, "\(found)")
  }

  /// Who may write the database and knows its rules leaves a chain that fits; a head that was noted elsewhere shows it.
  @Test func aNotedHeadShowsWhatWasCutOffOrMadeAgain() throws {
    let fixture = try AuditFixture()
    #expect(try fixture.audit.head() == nil)
    try fixture.sealed("1")
    let early = try #require(try fixture.audit.head())
    try fixture.sealed("2")
    let late = try #require(try fixture.audit.head())
    #expect(late.event > early.event && "\(late)".hasPrefix("\(late.sha256) event \(late.event) of 20"))
    let heads = [early, late].compactMap { NotedHead("\($0)") }
    #expect(heads.count == 2 && heads[1] == NotedHead(late.sha256.description.uppercased()))
    #expect(try fixture.audit.verifyChain(heads: heads).differences.isEmpty)
    for text in ["", "12", String(late.sha256.description.dropLast())] { #expect(NotedHead(text) == nil) }

    // The last run is taken away with all that tells of it, as if it had never been.
    let triggers = try fixture.audit.ask(sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").rows
    for trigger in triggers { try fixture.tamper("DROP TRIGGER \(trigger[0].text)") }
    try fixture.tamper("DELETE FROM event WHERE id > \(early.event)", "DELETE FROM run WHERE series_uid = '2'")
    try fixture.restore(triggers)
    #expect(try fixture.audit.verifyChain().differences.isEmpty, "the chain alone does not tell")
    #expect(try fixture.audit.verifyChain(heads: heads).differences == [.lostHead(heads[1])])
  }

  /// Somebody opens a sealed run again, changes it, and seals it as it is now: every digest fits the record.
  @Test func aSecondSealIsNone() throws {
    let fixture = try AuditFixture()
    let run = try fixture.sealed("1").id
    let head = try #require(try fixture.audit.head().flatMap { NotedHead("\($0)") })
    let trigger = try fixture.audit.ask(
      sql: "SELECT name, sql FROM sqlite_schema WHERE name = 'run_sealed_no_update'"
    ).rows
    try fixture.tamper(
      "DROP TRIGGER run_sealed_no_update",
      "UPDATE run SET outcome = NULL, finished_at = NULL, seconds = NULL, rule = 'x'")
    try fixture.restore(trigger)
    let again = try fixture.audit.seal(run, .segmented)
    #expect(again.id == run)
    let found = try fixture.audit.verifyChain(heads: [head]).differences.map { "\($0)" }
    #expect(found.count == 2, "\(found)")
    #expect(found.contains("run \(run): its row, stages or files have been changed"), "\(found)")
    #expect(found.contains { $0.hasSuffix("seals it a second time") }, "\(found)")
  }

  @Test(arguments: [
    ("DROP TRIGGER event_no_delete", "the database: the trigger event_no_delete is gone"),
    ("DROP VIEW runs; CREATE VIEW runs AS SELECT * FROM run", "the database: the view runs has been changed"),
    (
      "CREATE TRIGGER mine AFTER INSERT ON event BEGIN DELETE FROM death; END",
      "the database: the trigger mine is none of Vigil's"
    ),
    ("DROP INDEX run_sealed_once", "the database: the index run_sealed_once is gone"),
  ])
  func anotherSchemaShows(sql: String, said: String) throws {
    let fixture = try AuditFixture()
    try fixture.sealed("1")
    try fixture.tamper("CREATE VIEW mine AS SELECT 1")
    #expect(try fixture.audit.verifyChain().differences.isEmpty)
    try fixture.tamper(sql)
    #expect(try fixture.audit.verifyChain().differences.map { "\($0)" }.contains(said))
  }

  @Test func onlyAReportIsMadeAgain() throws {
    let fixture = try AuditFixture()
    let names = ["report.html", "segmentation.nii.gz"]
    let folder = fixture.folder.appending(path: "out/1")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in names { try Data("old".utf8).write(to: folder.appending(path: name)) }
    let run = try fixture.sealed(
      "1", files: names.map { FileEntry(role: .output, path: "out/1/\($0)", bytes: 3, sha256: SHA256Digest(of: "old")) }
    )
    for name in names {
      try Data("new".utf8).write(to: folder.appending(path: name))
      try fixture.audit.recordOutputRewritten(
        run.id, FileEntry(role: .output, path: "out/1/\(name)", bytes: 3, sha256: SHA256Digest(of: "new")))
    }
    #expect(
      try fixture.audit.verifyFiles(of: run.id).differences == [
        .changedFile(run: run.id, role: .output, path: "out/1/segmentation.nii.gz")
      ])
    let found = try fixture.audit.verifyChain().differences.map { "\($0)" }
    #expect(found.count == 1 && found[0].contains("out/1/segmentation.nii.gz was made again"), "\(found)")
  }

  @Test func filesAreReadAgainAndEachDifferenceIsNamed() throws {
    let fixture = try AuditFixture()
    let inbox = fixture.folder.appending(path: "in.dcm")
    try Data("input".utf8).write(to: inbox)
    for name in ["same", "changed", "missing", "model"] {
      try Data(name.utf8).write(to: fixture.folder.appending(path: name))
    }
    let entries = ["same", "changed", "missing"].map {
      FileEntry(role: .output, path: $0, bytes: 1, sha256: SHA256Digest(of: $0))
    }
    let run = try fixture.sealed(
      "1",
      files: entries + [
        FileEntry(role: .input, path: inbox.path, bytes: 5, sha256: SHA256Digest(of: "input")),
        FileEntry(role: .input, path: "/gone.dcm", bytes: 5, sha256: SHA256Digest(of: "input")),
        FileEntry(role: .model, path: "model", bytes: 5, sha256: SHA256Digest(of: "model")),
      ]
    ).id
    #expect(try fixture.audit.verifyFiles().differences.isEmpty)
    try Data("Changed".utf8).write(to: fixture.folder.appending(path: "changed"))
    try FileManager.default.removeItem(at: fixture.folder.appending(path: "missing"))
    let report = try fixture.audit.verifyFiles(of: run)
    #expect(
      report.differences == [
        .changedFile(run: run, role: .output, path: "changed"), .missingFile(run: run, role: .output, path: "missing"),
      ])
    #expect(report.files == 4 && report.gone == 1)
    let all = try fixture.audit.verify()
    #expect(all.differences == report.differences && all.events == 2 && all.files == 4 && all.runs == 1)
  }
}
