import Digests
import Foundation
import GRDB

extension AuditDatabase {
  /// Computes every digest of the chain of events again, and of every sealed run and score the digest that its event keeps; looks at what
  /// keeps them from being changed, and at events that tell of what an agent never does.
  /// `heads`: what was noted elsewhere of ``head()``, each of which must be an event of the chain.
  public func verifyChain(heads: [NotedHead] = []) throws(AuditError) -> VerificationReport {
    try read { db in
      var report = VerificationReport()
      try Self.checkSchema(in: db, &report)
      let seals = try Self.checkEvents(in: db, &report)
      for (run, event) in seals.again {
        report.differences.append(.changedRecord(run: run, what: "event \(event) seals it a second time"))
      }
      for (run, path) in try Self.wronglyRewritten(in: db) {
        report.differences.append(
          .changedRecord(
            run: run, what: "an event says that \(path) was made again, which only the run's report ever is"))
      }
      for head in heads
      where try Bool.fetchOne(db, sql: "SELECT 1 FROM event WHERE sha256 = ?", arguments: [head.description]) != true {
        report.differences.append(.lostHead(head))
      }
      let runs = try String.fetchAll(db, sql: "SELECT id FROM runs ORDER BY started_at, id")
      report.runs = runs.count
      for run in runs.map({ RunID($0) }) {
        let computed = try RunRecordDigest.compute(run, in: db).description
        guard let sealed = seals.runs[run] else {
          report.differences.append(.changedRecord(run: run, what: "no event says that it was sealed"))
          continue
        }
        if sealed != computed {
          report.differences.append(.changedRecord(run: run, what: "its row, stages or files have been changed"))
        }
      }
      for run in seals.runs.keys.filter({ !runs.contains($0.text) }).sorted(by: { $0.text < $1.text }) {
        report.differences.append(.changedRecord(run: run, what: "it was sealed and is gone"))
      }
      try Self.checkScores(seals.scores, in: db, &report)
      return report
    }
  }

  private struct Seals {
    /// The digest of each run's record when it was sealed: the first such event counts.
    var runs: [RunID: String] = [:]
    /// Later events that say so once more.
    var again: [(run: RunID, event: Int64)] = []
    var scores: [(run: RunID, detail: ScoreDetail)] = []
  }

  private struct ScoreDetail: Decodable {
    let labels: [Int]
    let recordSHA256: String
    let referenceSHA256: String

    enum CodingKeys: String, CodingKey {
      case labels
      case recordSHA256 = "record_sha256"
      case referenceSHA256 = "reference_sha256"
    }
  }

  private struct SealDetail: Decodable {
    let recordSHA256: String

    enum CodingKeys: String, CodingKey {
      case recordSHA256 = "record_sha256"
    }
  }

  private static func checkEvents(in db: Database, _ report: inout VerificationReport) throws -> Seals {
    var seals = Seals()
    var previous = EventLink.beginning
    var next: Int64 = 1
    let rows = try Row.fetchCursor(
      db, sql: "SELECT id, at, run_id, kind, detail, previous_sha256, sha256 FROM event ORDER BY id")
    while let row = try rows.next() {
      let link = EventLink(id: row[0], at: row[1], run: row[2], kind: row[3], detail: row[4], previous: row[5])
      let kept: String = row[6]
      if link.id != next {
        report.differences.append(
          .brokenChain(event: link.id, what: "it follows on event \(next - 1): some are missing"))
      }
      if link.previous != previous {
        report.differences.append(.brokenChain(event: link.id, what: "it does not follow the event before it"))
      }
      if link.digest.description != kept {
        report.differences.append(.brokenChain(event: link.id, what: "its contents have been changed"))
      }
      previous = kept
      next = link.id + 1
      report.events += 1
      collect(link, into: &seals)
    }
    return seals
  }

  private static func collect(_ link: EventLink, into seals: inout Seals) {
    guard let run = link.run.map({ RunID($0) }) else { return }
    let detail = Data(link.detail.utf8)
    if link.kind == "run-sealed" {
      guard seals.runs[run] == nil else { return seals.again.append((run, link.id)) }
      seals.runs[run] = (try? JSONDecoder().decode(SealDetail.self, from: detail))?.recordSHA256 ?? ""
    } else if link.kind == "scores-recorded", let score = try? JSONDecoder().decode(ScoreDetail.self, from: detail) {
      seals.scores.append((run, score))
    }
  }

  private static func checkScores(
    _ scores: [(run: RunID, detail: ScoreDetail)], in db: Database, _ report: inout VerificationReport
  ) throws {
    var told: [String: Int] = [:]
    for (run, detail) in scores {
      told[run.text, default: 0] += detail.labels.count
      let computed = try ScoreRecordDigest.compute(
        run, reference: detail.referenceSHA256, labels: detail.labels, in: db)
      if computed.description != detail.recordSHA256 {
        report.differences.append(.changedRecord(run: run, what: "its scores have been changed"))
      }
    }
    let rows = try Row.fetchAll(db, sql: "SELECT run_id, count(*) FROM score GROUP BY run_id ORDER BY run_id")
    for row in rows where (told[row[0]] ?? 0) < (row[1] as Int) {
      report.differences.append(.changedRecord(run: RunID(row[0]), what: "it has scores that no event tells of"))
    }
  }
}
