import Audit
import Digests
import Foundation
import Testing

struct LifecycleTests {
  @Test func aSealedRunIsInTheViewsWithTheirContractedColumns() throws {
    let fixture = try AuditFixture()
    let mask = SHA256Digest(of: "mask")
    let run = try fixture.sealed(
      "1.2.3", files: [FileEntry(role: .input, path: "/in/a.dcm", bytes: 3, sha256: SHA256Digest(of: "a"))])
    try fixture.audit.recordScores(
      run.id,
      [
        ScoreEntry(
          referenceSHA256: mask, label: 1, labelName: "Anterior", dice: 0.5, hd95Millimetres: 2, nsd1Millimetre: 0.25,
          volumeMillilitres: 1.5, referenceVolumeMillilitres: 3),
        ScoreEntry(
          referenceSHA256: mask, label: 2, labelName: "Posterior", dice: nil, hd95Millimetres: nil,
          nsd1Millimetre: nil, volumeMillilitres: 0, referenceVolumeMillilitres: 0),
      ])
    let views = [
      "runs":
        "id,series_uid,study_uid,rule,outcome,error_stage,error,started_at,finished_at,seconds,input_sha256,model_sha256,"
        + "output_folder,software,host",
      "stages": "run_id,stage,started_at,seconds,facts",
      "files": "run_id,role,path,bytes,sha256",
      "scores":
        "run_id,reference_sha256,label,label_name,dice,hd95_mm,nsd_1mm,volume_ml,reference_volume_ml,recorded_at",
      "events": "id,at,run_id,kind,detail,previous_sha256,sha256",
    ]
    for (view, columns) in views {
      #expect(try fixture.audit.ask(sql: "SELECT * FROM \(view)").columns.joined(separator: ",") == columns)
    }
    let row = try #require(
      try fixture.audit.ask(sql: "SELECT outcome, started_at, finished_at, seconds FROM runs").rows.first)
    #expect(row[0] == .text("segmented") && row[1] == .text("2023-11-14T22:13:21.001Z"))
    #expect(row[2] == .text("2023-11-14T22:13:23.003Z") && row[3] == .real(2.002))
    let stage = try #require(try fixture.audit.ask(sql: "SELECT * FROM stages").rows.first)
    #expect(stage[2] == .text("2023-11-14T22:13:20.250Z") && stage[4] == .text(#"{"shape":[3,4,5]}"#))
    #expect(try fixture.audit.ask(sql: "SELECT dice FROM scores ORDER BY label").rows == [[.real(0.5)], [.null]])
  }

  @Test func aRunIdIsReadableAndUnlikeAnyOther() throws {
    let ids = (0..<100).map { _ in RunID(startingAt: Date(timeIntervalSince1970: 1_700_000_000.9)).text }
    #expect(ids.allSatisfy { $0.wholeMatch(of: /20231114T221320Z-[0-9a-f]{6}/) != nil })
    #expect(Set(ids).count > 95)
  }

  @Test func theSameWorkIsSealedOnceAndFailuresMayBeTriedAgain() throws {
    let fixture = try AuditFixture()
    let key = RunKey(
      seriesUID: "1.2", rule: "hippocampus", modelSHA256: SHA256Digest(of: "model"), inputSHA256: SHA256Digest(of: "in")
    )
    #expect(try fixture.audit.sealedRun(for: key) == nil)
    try fixture.sealed("1.2", outcome: .segmented, input: "other instances")
    let first = try fixture.sealed("1.2")
    #expect(try fixture.audit.sealedRun(for: key) == first.id)
    #expect(throws: AuditError.alreadySealed(first.id)) { try fixture.sealed("1.2") }
    #expect(try fixture.audit.openRuns().count == 1)
    let failedKey = RunKey(seriesUID: "7", rule: "r", modelSHA256: nil, inputSHA256: SHA256Digest(of: "in"))
    for _ in 0..<2 { try fixture.sealed("7", rule: "r", outcome: .failed) }
    #expect(try fixture.audit.sealedRun(for: failedKey) == nil)
    #expect(try fixture.audit.sealedRun(for: failedKey, includingFailed: true) != nil)
    for _ in 0..<1 { try fixture.sealed("8", rule: nil, outcome: .unmatched) }
    #expect(throws: AuditError.self) { try fixture.sealed("8", rule: nil, outcome: .unmatched) }
    #expect(try fixture.audit.sealedRuns(ofSeries: "7").count == 2)
  }

  @Test func aRunLeftOpenByACrashIsFoundAndItsSeriesEndsWithOneSealedRun() throws {
    let fixture = try AuditFixture()
    let left = try fixture.audit.beginRun(
      seriesUID: "1.2", facts: RunFacts(outputFolder: "x/y"), software: "vigil 0", host: "here")
    try fixture.audit.recordStage(left, stage: "noticed", startedAt: Date(), seconds: 0, facts: ["files": 1])
    try fixture.audit.recordFiles(
      left, [FileEntry(role: .input, path: "/a", bytes: 1, sha256: SHA256Digest(of: "a"))])
    // The next agent opens the same file.
    let next = try AuditDatabase.open(outputFolder: fixture.folder)
    let open = try next.openRuns()
    #expect(open.map { $0.id } == [left] && open.first?.seriesUID == "1.2" && open.first?.outputFolder == "x/y")
    try next.discard(left, reason: "the agent was killed")
    try fixture.sealed("1.2")
    #expect(try next.openRuns().isEmpty)
    #expect(try next.ask(sql: "SELECT count(*) FROM runs WHERE series_uid = '1.2'").rows == [[.integer(1)]])
    #expect(try next.ask(sql: "SELECT count(*) FROM stages").rows == [[.integer(1)]])
    #expect(try next.ask(sql: "SELECT count(*) FROM events WHERE kind = 'run-discarded'").rows == [[.integer(1)]])
    #expect(try next.verifyChain().differences.isEmpty)
  }

  @Test func nothingOfASealedRunCanBeChanged() throws {
    let fixture = try AuditFixture()
    let run = try fixture.sealed(
      "1", files: [FileEntry(role: .output, path: "o", bytes: 1, sha256: SHA256Digest(of: "a"))]
    ).id
    let audit = fixture.audit
    #expect(throws: AuditError.noOpenRun(run)) { try audit.seal(run, .failed) }
    #expect(throws: AuditError.noOpenRun(run)) { try audit.describe(run, RunFacts(rule: "other")) }
    #expect(throws: AuditError.noOpenRun(run)) { try audit.discard(run, reason: "") }
    #expect(throws: AuditError.noOpenRun(run)) {
      try audit.recordStage(run, stage: "late", startedAt: Date(), seconds: 0, facts: ["a": 1])
    }
    let late = FileEntry(role: .output, path: "late", bytes: 1, sha256: SHA256Digest(of: "b"))
    #expect(throws: AuditError.forbidden("the run is sealed")) { try audit.recordFiles(run, [late]) }
    try audit.recordFiles(
      run, [FileEntry(role: .reference, path: "mask", bytes: 1, sha256: SHA256Digest(of: "m"))])
    for sql in [
      "UPDATE run SET outcome = 'failed'", "UPDATE run SET error = 'x'", "DELETE FROM run",
      "UPDATE stage SET seconds = 1", "DELETE FROM stage", "UPDATE file SET path = 'x'", "DELETE FROM file",
      "UPDATE event SET kind = 'x'", "DELETE FROM event", "DELETE FROM event WHERE id = (SELECT max(id) FROM event)",
      "INSERT OR REPLACE INTO event SELECT * FROM event WHERE id = 1",
      "INSERT OR REPLACE INTO run SELECT * FROM run",
      "INSERT INTO run SELECT 'x', series_uid, study_uid, 'rule2', outcome, error_stage, error, started_at, finished_at, "
        + "seconds, input_sha256, model_sha256, output_folder, software, host, supersedes FROM run",
    ] {
      #expect(throws: (any Error).self, "\(sql)") { try fixture.tamper(sql) }
    }
    #expect(try audit.verifyChain().differences.isEmpty)
  }

  @Test func factsThatJSONLacksAreTexts() throws {
    let fixture = try AuditFixture()
    let run = try fixture.audit.beginRun(seriesUID: "1", software: "v")
    try fixture.audit.recordStage(
      run, stage: "s", startedAt: Date(), seconds: 1, facts: ["a": Double.nan, "b": -Double.infinity, "c": 1.5])
    #expect(
      try fixture.audit.ask(sql: "SELECT facts FROM stages").rows == [[.text(#"{"a":"NaN","b":"-Infinity","c":1.5}"#)]])
  }

  @Test func aLaterRunOfMoreInstancesSupersedesAndTheOldStaysOnRecord() throws {
    let fixture = try AuditFixture()
    let old = try fixture.sealed("1", input: "ten slices").id
    let run = try fixture.audit.beginRun(seriesUID: "1", facts: RunFacts(supersedes: old), software: "v")
    _ = try fixture.audit.seal(
      run, .segmented,
      facts: RunFacts(
        rule: "hippocampus", inputSHA256: SHA256Digest(of: "eleven"), modelSHA256: SHA256Digest(of: "model")))
    #expect(try fixture.audit.ask(sql: "SELECT * FROM supersessions").rows == [[.text(run.text), .text(old.text)]])
    #expect(try fixture.audit.sealedRuns(ofSeries: "1") == [old, run])
  }
}
