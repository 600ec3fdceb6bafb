public import Digests
import GRDB

extension AuditDatabase {
  /// Whether a run has written a file with these bytes.
  public func hasOutput(_ digest: SHA256Digest) throws(AuditError) -> Bool {
    try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT 1 FROM file WHERE sha256 = ? AND role = 'output'", arguments: [digest.description]) == true
    }
  }

  /// Where bytes with a digest that begins with `prefix` (hexadecimal digits) were read or written.
  public func files(withSHA256 prefix: String, limit: Int = 1000) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT files.*, run.rule, run.outcome, run.started_at FROM files JOIN run ON run.id = files.run_id
      WHERE files.sha256 >= ?1 AND files.sha256 < ?1 || 'g' ORDER BY files.run_id, role, path LIMIT ?2
      """, [prefix.lowercased(), max(0, limit)])
  }
}
