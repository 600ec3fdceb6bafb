import GRDB

extension AuditDatabase {
  /// Where bytes with a digest that begins with `prefix` (hexadecimal digits) were read or written.
  public func files(withSHA256 prefix: String, limit: Int = 1000) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT files.*, run.rule, run.outcome, run.started_at FROM files JOIN run ON run.id = files.run_id
      WHERE files.sha256 >= ?1 AND files.sha256 < ?1 || 'g' ORDER BY files.run_id, role, path LIMIT ?2
      """, [prefix.lowercased(), max(0, limit)])
  }
}
