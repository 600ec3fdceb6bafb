import GRDB

extension AuditDatabase {
  /// One row a segmented run and label, oldest first: `started_at`, `run_id`, `rule`, `label`, `label_name`, `volume_ml`, `dice`
  /// (NULL without a mask; against several masks the last recorded), `expected_dice` (NULL without a calibration). The newest
  /// `filter.limit` runs that suit the filter.
  public func trend(_ filter: RunFilter = RunFilter()) throws(AuditError) -> Answer {
    try answer(
      """
      WITH chosen AS (
        SELECT id, rule, started_at FROM run WHERE outcome = 'segmented' AND (?1 IS NULL OR rule = ?1)
          AND (?2 IS NULL OR started_at >= ?2) AND (?3 IS NULL OR started_at < ?3)
        ORDER BY started_at DESC, id DESC LIMIT ?4),
      found AS (
        SELECT chosen.*, json_extract(item.value, '$.label') AS label, json_extract(item.value, '$.name') AS label_name,
          json_extract(item.value, '$.volume_ml') AS volume_ml, stage.facts AS facts
        FROM chosen JOIN stage ON stage.run_id = chosen.id AND stage.stage = 'postprocessed',
          json_each(stage.facts, '$.labels') AS item)
      SELECT started_at, id AS run_id, rule, label, label_name, volume_ml,
        (SELECT dice FROM score WHERE score.run_id = found.id AND score.label = found.label
          AND score.label_name = found.label_name ORDER BY recorded_at DESC, score.id DESC LIMIT 1) AS dice,
        (SELECT json_extract(part.value, '$.expectedDice') FROM json_each(found.facts, '$.trust.perLabel') AS part
          WHERE json_extract(part.value, '$.label') = found.label) AS expected_dice
      FROM found WHERE ?5 IS NULL OR label_name = ?5 OR label = ?6 ORDER BY started_at, id, label
      """,
      [
        filter.rule, filter.since.map { UTCTime($0).text }, filter.until.map { UTCTime($0).text },
        max(0, filter.limit), filter.label, filter.label.flatMap { Int64($0) },
      ])
  }
}
