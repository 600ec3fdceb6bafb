import GRDB

extension AuditDatabase {
  /// SQL: whether a score is of the union of several labels, whose number is the mask's own and may be that of another label of the run.
  static func isUnion(_ score: String) -> String {
    """
    EXISTS (SELECT 1 FROM stage, json_each(stage.facts, '$.labels') AS found
      WHERE stage.run_id = \(score).run_id AND stage.stage = 'postprocessed'
        AND json_extract(found.value, '$.label') = \(score).label
        AND json_extract(found.value, '$.name') <> \(score).label_name)
    """
  }

  /// Scores, newest first, with the rule of their run; of one run if given, of one rule, of one label by its name or its number, with
  /// a Dice below a bound. At most `limit`.
  public func scores(
    of run: RunID? = nil, rule: String? = nil, label: String? = nil, diceBelow: Double? = nil, limit: Int = 1000
  ) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT scores.*, run.rule FROM scores JOIN run ON run.id = scores.run_id
      WHERE (?1 IS NULL OR scores.run_id = ?1) AND (?3 IS NULL OR run.rule = ?3)
        AND (?4 IS NULL OR label_name = ?4 OR (label = ?5 AND NOT \(Self.isUnion("scores")))) AND (?6 IS NULL OR dice < ?6)
      ORDER BY recorded_at DESC, scores.run_id DESC, label LIMIT ?2
      """, [run?.text, max(0, limit), rule, label, label.flatMap { Int64($0) }, diceBelow])
  }
}
