import GRDB

extension AuditDatabase {
  /// What a list of results shows of sealed runs, oldest first: the columns of the view `runs` that people read, `labels` (the
  /// labels of the stage `postprocessed`, a JSON array) and `scores` (a JSON
  /// array of name, Dice and volume in ml of each scored label, the last scored last).
  public func results(only run: RunID? = nil) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT id, rule, outcome, error, started_at, seconds, output_folder,
        (SELECT json_extract(facts, '$.labels') FROM stage WHERE run_id = runs.id AND stage = 'postprocessed') AS labels,
        (SELECT json_group_array(json_object('name', label_name, 'dice', dice, 'volume_ml', volume_ml)) FROM
          (SELECT * FROM score WHERE run_id = runs.id ORDER BY recorded_at, label)) AS scores,
        (SELECT 1 FROM file WHERE run_id = runs.id AND role = 'output' AND path LIKE '%/report.html') AS has_report
      FROM runs WHERE ?1 IS NULL OR id = ?1 ORDER BY started_at, id
      """, [run?.text])
  }
}
