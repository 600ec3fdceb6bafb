import Audit
import Digests
import Foundation
import GRDB
import Synchronization

/// An output folder of its own with a database in it, removed afterwards. Time moves on a second at each look.
final class AuditFixture: Sendable {
  let folder: URL
  let audit: AuditDatabase

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "vigil-audit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let ticks = Ticks()
    audit = try AuditDatabase.open(outputFolder: folder) { ticks.next() }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var file: URL { folder.appending(path: AuditDatabase.fileName) }

  /// A run taken all the way.
  @discardableResult
  func sealed(
    _ series: String, rule: String? = "hippocampus", outcome: RunOutcome = .segmented, input: String = "in",
    files: [FileEntry] = []
  ) throws -> SealedRun {
    let run = try audit.beginRun(seriesUID: series, software: "vigil 0", host: "here")
    try audit.recordStage(
      run, stage: "converted", startedAt: Date(timeIntervalSince1970: 1_700_000_000.25), seconds: 0.5,
      facts: ["shape": [3, 4, 5]])
    try audit.recordFiles(run, files)
    return try audit.seal(
      run, outcome,
      facts: RunFacts(
        studyUID: "9.8", rule: rule, inputSHA256: SHA256Digest(of: input),
        modelSHA256: outcome == .segmented ? SHA256Digest(of: "model") : nil, outputFolder: "out/\(series)"))
  }

  /// Changes the file as somebody with another program would, behind the database's back.
  func tamper(_ sql: String...) throws {
    let queue = try DatabaseQueue(path: file.path)
    try queue.writeWithoutTransaction { db in
      for statement in sql { try db.execute(sql: statement) }
    }
    try queue.close()
  }

  /// Makes triggers again that ``tamper(_:)`` dropped; rows of `name` and `sql`.
  func restore(_ triggers: [[Answer.Value]]) throws {
    for trigger in triggers { try tamper(trigger[1].text) }
  }
}

/// A clock that moves on a second and a millisecond at each look.
final class Ticks: Sendable {
  private let count = Atomic<Int>(0)

  func next() -> Date {
    let ticks = count.add(1, ordering: .relaxed).newValue
    return Date(timeIntervalSince1970: 1_700_000_000 + Double(ticks) * 1.001)
  }
}
