import GRDB

extension AuditDatabase {
  /// What a list of results shows of sealed runs, newest first: the columns of the view `runs` that people read, `labels` (the
  /// labels of the stage `postprocessed`, a JSON array), `trust` (its JSON object of that name, where there is one), `scores` (a JSON
  /// array of name, Dice and volume in ml of each scored label, the last scored last) and the verdict that stands.
  ///
  /// `limit`: the newest so many.
  public func results(only run: RunID? = nil, limit: Int? = nil) throws(AuditError) -> Answer {
    try answer(
      Self.resultList(where: run == nil ? "" : "WHERE runs.id = ?") + (limit.map { " LIMIT \($0)" } ?? ""),
      run.map { [$0.text] } ?? [])
  }

  /// The same of all runs, given to `take` in answers of `count` rows at most, so that no more of them are held. All of them are of
  /// one moment. Throws ``AuditError`` and what `take` throws.
  public func eachResult(inParts count: Int = 200, _ take: (Answer) throws -> Void) throws {
    try answer(Self.resultList(where: ""), inParts: count, take)
  }

  private static func resultList(where condition: String) -> String {
    """
    SELECT runs.id, rule, outcome, error, runs.started_at, runs.seconds, output_folder,
      json_extract(found.facts, '$.labels') AS labels, json_extract(found.facts, '$.trust') AS trust,
      (SELECT json_group_array(json_object('name', label_name, 'dice', dice, 'volume_ml', volume_ml)) FROM
        (SELECT * FROM score WHERE run_id = runs.id ORDER BY recorded_at, label)) AS scores,
      (SELECT 1 FROM file WHERE run_id = runs.id AND role = 'output' AND path LIKE '%/report.html') AS has_report,
      verdict, note, reviewer, verdicts.at AS reviewed_at
    FROM runs LEFT JOIN stage AS found ON found.run_id = runs.id AND found.stage = 'postprocessed'
      LEFT JOIN verdicts ON verdicts.run_id = runs.id
    \(condition) ORDER BY runs.started_at DESC, length(runs.id) DESC, runs.id DESC
    """
  }
}
