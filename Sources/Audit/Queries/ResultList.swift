import GRDB

extension AuditDatabase {
  /// What a list of results shows of sealed runs, newest first: the columns of the view `runs` that people read, `labels` (the
  /// labels of the stage `postprocessed`, a JSON array), `trust` (its JSON object of that name, where there is one), `scores` (a JSON
  /// array of name, Dice and volume in ml of each scored label, the last scored last) and the verdict that stands.
  public func results(only run: RunID? = nil) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT runs.id, rule, outcome, error, runs.started_at, runs.seconds, output_folder,
        json_extract(found.facts, '$.labels') AS labels, json_extract(found.facts, '$.trust') AS trust,
        (SELECT json_group_array(json_object('name', label_name, 'dice', dice, 'volume_ml', volume_ml)) FROM
          (SELECT * FROM score WHERE run_id = runs.id ORDER BY recorded_at, label)) AS scores,
        (SELECT 1 FROM file WHERE run_id = runs.id AND role = 'output' AND path LIKE '%/report.html') AS has_report,
        verdict, note, reviewer, verdicts.at AS reviewed_at
      FROM runs LEFT JOIN stage AS found ON found.run_id = runs.id AND found.stage = 'postprocessed'
        LEFT JOIN verdicts ON verdicts.run_id = runs.id
      \(run == nil ? "" : "WHERE runs.id = ?") ORDER BY runs.started_at DESC, runs.id DESC
      """, run.map { [$0.text] } ?? [])
  }
}
