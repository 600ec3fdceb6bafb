import Audit
import Digests
import Foundation
import GRDB
import Testing

/// Databases that earlier versions left, one per schema version. `VIGIL_MAKE_GOLDEN=1 swift test --filter GoldenTests` writes
/// the one of the present version if there is none yet; files that are there are never written again.
struct GoldenTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

  /// Every version of which there is a file.
  static let versions: [Int] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).compactMap { name in
      name.hasPrefix("audit-v") && name.hasSuffix(".sqlite") ? Int(name.dropFirst(7).dropLast(7)) : nil
    }.sorted()

  @Test func theFirstVersionIsAmongThem() { #expect(Self.versions.first == 1) }

  private static func file(_ version: Int) -> URL { folder.appending(path: "audit-v\(version).sqlite") }

  @Test(arguments: versions) func aFileOfEveryVersionIsTakenToThePresentOne(version: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-golden-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let copy = folder.appending(path: AuditDatabase.fileName)
    try FileManager.default.copyItem(at: Self.file(version), to: copy)
    let found = try DatabaseQueue(path: copy.path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    #expect(found == version)
    let audit = try AuditDatabase.open(outputFolder: folder)
    let runs = try audit.list()
    #expect(
      runs.rows.map { $0[2...4].map { $0.text } } == [
        ["9.8", "hippocampus", "segmented"], ["9.8", "", "refused"], ["9.8", "hippocampus", "segmented"],
      ])
    #expect(try audit.scores().rows.count == 2 && audit.openRuns().count == 1)
    let report = try audit.verifyChain()
    #expect(report.events == 10 && report.runs == 3 && report.differences.isEmpty)
    // It goes on from there.
    let left = try #require(try audit.openRuns().first)
    try audit.discard(left.id, reason: "the agent was killed")
    #expect(try audit.verifyChain().differences.isEmpty)
    let now = try DatabaseQueue(path: copy.path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    #expect(now == AuditSchema.current.version)
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["VIGIL_MAKE_GOLDEN"] != nil, "only to write a new one"))
  func writeTheOneOfThisVersion() throws {
    let file = Self.file(AuditSchema.current.version)
    try #require(!FileManager.default.fileExists(atPath: file.path), "\(file.path) is there: it is never written again")
    let fixture = try AuditFixture()
    try fixture.audit.recordEvent(kind: "agent-started", detail: ["inboxes": 1])
    let old = try fixture.sealed(
      "1.2.3", input: "ten slices",
      files: [FileEntry(role: .input, path: "/in/a.dcm", bytes: 3, sha256: SHA256Digest(of: "a"))]
    ).id
    try fixture.sealed("1.2.4", rule: nil, outcome: .refused)
    let run = try fixture.audit.beginRun(seriesUID: "1.2.3", facts: RunFacts(supersedes: old), software: "v", host: "h")
    _ = try fixture.audit.seal(
      run, .segmented,
      facts: RunFacts(
        studyUID: "9.8", rule: "hippocampus", inputSHA256: SHA256Digest(of: "eleven"),
        modelSHA256: SHA256Digest(of: "model"), outputFolder: "out/2"))
    let score = { (label: Int, dice: Double?) in
      ScoreEntry(
        referenceSHA256: SHA256Digest(of: "mask"), label: label, labelName: "L\(label)", dice: dice, hd95Millimetres: 1,
        nsd1Millimetre: 0.9, volumeMillilitres: 1.5, referenceVolumeMillilitres: 2)
    }
    try fixture.audit.recordScores(run, [score(1, 0.8), score(2, nil)])
    try fixture.audit.recordEvent(kind: "note", detail: ["é": "\u{1F600}\n"])
    _ = try fixture.audit.beginRun(seriesUID: "1.2.5", software: "v", host: "h")
    try fixture.tamper("VACUUM INTO '\(file.path)'")
  }
}
