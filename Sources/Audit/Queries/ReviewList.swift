import GRDB

extension AuditDatabase {
  /// Every verdict on a run, the one that stands last: the columns of the view `reviews`.
  public func reviews(of run: RunID) throws(AuditError) -> Answer {
    try answer("SELECT * FROM reviews WHERE run_id = ?", [run.text])
  }

  /// The last event of the chain; 0 where there is none.
  public func lastEvent() throws(AuditError) -> Int64 {
    try read { db in try Int64.fetchOne(db, sql: "SELECT max(id) FROM event") ?? 0 }
  }

  /// The runs that were reviewed after the event `id`.
  public func runsReviewed(after id: Int64) throws(AuditError) -> [RunID] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT DISTINCT run_id FROM event WHERE id > ? AND kind = ? ORDER BY run_id",
        arguments: [id, Self.reviewKind]
      ).map { RunID($0) }
    }
  }
}
