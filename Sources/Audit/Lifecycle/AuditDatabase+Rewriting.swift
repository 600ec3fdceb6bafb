import Digests
import GRDB

/// An output that is made again after its run was sealed: its row stays, an event of the chain tells of the new bytes.
extension AuditDatabase {
  static let rewritingKind = "output-rewritten"

  /// Records that an output of a sealed run now has other bytes (a report to which a late mask was added).
  public func recordOutputRewritten(_ run: RunID, _ file: FileEntry) throws(AuditError) {
    try write { db in
      _ = try self.append(
        kind: Self.rewritingKind,
        detail: [
          "path": .text(file.path), "bytes": .integer(file.bytes), "sha256": .text(file.sha256.description),
        ], run: run, to: db)
    }
  }

  /// Whether scores were added to a sealed run after its outputs were written for the last time.
  public func hasScoresAfterReport(_ run: RunID) throws(AuditError) -> Bool {
    try read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT coalesce(max(id) FILTER (WHERE kind = 'scores-recorded'), 0)
            > coalesce(max(id) FILTER (WHERE kind IN ('run-sealed', ?2)), 0) FROM event WHERE run_id = ?1
          """, arguments: [run.text, Self.rewritingKind]) == true
    }
  }

  /// The only output that is ever made again, in a run's folder.
  static let rewrittenName = "report.html"

  /// SQL: whether an event of ``rewritingKind`` tells of its run's own report.
  private static let isReport = """
    json_extract(detail, '$.path') IS (SELECT output_folder || '/\(rewrittenName)' FROM run WHERE run.id = event.run_id)
    """

  /// The digests that rewritten reports have by now, by run and path.
  static func rewritten(in db: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT run_id, json_extract(detail, '$.path'), json_extract(detail, '$.sha256') FROM event
        WHERE kind = ? AND run_id IS NOT NULL AND \(isReport) ORDER BY id
        """, arguments: [rewritingKind])
    var digests: [String: String] = [:]
    for row in rows { digests["\(row[0] as String) \(row[1] as String)"] = row[2] }
    return digests
  }

  /// Events that tell of any other file made again.
  static func wronglyRewritten(in db: Database) throws -> [(run: RunID, path: String)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT coalesce(run_id, ''), coalesce(json_extract(detail, '$.path'), '') FROM event
        WHERE kind = ? AND NOT (\(isReport)) ORDER BY id
        """, arguments: [rewritingKind]
    ).map { (RunID($0[0]), $0[1]) }
  }
}
