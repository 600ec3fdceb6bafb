import GRDB

extension AuditDatabase {
  /// Scores, newest first, with the rule of their run; of one run if given. At most `limit`.
  public func scores(of run: RunID? = nil, limit: Int = 1000) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT scores.*, run.rule FROM scores JOIN run ON run.id = scores.run_id
      WHERE ?1 IS NULL OR scores.run_id = ?1 ORDER BY recorded_at DESC, scores.run_id DESC, label LIMIT ?2
      """, [run?.text, max(0, limit)])
  }
}
