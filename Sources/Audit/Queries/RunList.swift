public import Foundation
import GRDB

/// Which runs to list. What is `nil` does not matter.
public struct RunFilter: Sendable, Hashable {
  /// Only runs of this rule.
  public var rule: String?
  /// Only runs that ended so.
  public var outcome: RunOutcome?
  /// Only runs of this SeriesInstanceUID.
  public var seriesUID: String?
  /// Only runs that began at or after this moment.
  public var since: Date?
  /// Only runs that began before this moment.
  public var until: Date?
  /// Only runs with a label whose Dice is below this.
  public var diceBelow: Double?
  /// Only runs whose segmentation can have this label, by its name or its number; ``diceBelow`` then means this label's Dice.
  public var label: String?
  /// Only runs with this verdict: good, doubtful or poor.
  public var trust: String?
  /// Only segmented runs that nobody has reviewed, the worst trust first: poor, doubtful, good, never judged, and in each the lowest Dice to
  /// expect first, as the list of results has its review queue.
  public var isQueue: Bool
  /// At most so many, the first.
  public var limit: Int

  /// The newest 100 runs unless told otherwise.
  public init(
    rule: String? = nil, outcome: RunOutcome? = nil, seriesUID: String? = nil, since: Date? = nil,
    until: Date? = nil, diceBelow: Double? = nil, label: String? = nil, trust: String? = nil,
    isQueue: Bool = false, limit: Int = 100
  ) {
    self.rule = rule
    self.outcome = outcome
    self.seriesUID = seriesUID
    self.since = since
    self.until = until
    self.diceBelow = diceBelow
    self.label = label
    self.trust = trust
    self.isQueue = isQueue
    self.limit = limit
  }
}

extension AuditDatabase {
  /// Sealed runs, newest first: the columns of the view `runs`, then `dice`, the lowest of the run (NULL without scores), `trust`,
  /// `expected_dice`, `hold` and `why`, the first reason for doubt (all NULL where nothing was judged). Views of later schemas are not
  /// needed, so that the record of an older agent can be read.
  public func list(_ filter: RunFilter = RunFilter()) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT runs.*, (SELECT min(dice) FROM scores WHERE run_id = runs.id
          AND (?7 IS NULL OR label_name = ?7 OR (label = ?8 AND NOT \(Self.isUnion("scores"))))) AS dice,
        json_extract(done.facts, '$.trust.verdict') AS trust, json_extract(done.facts, '$.trust.score') AS expected_dice,
        json_extract(done.facts, '$.trust.hold') AS hold, json_extract(done.facts, '$.trust.warnings[0]') AS why
      FROM runs LEFT JOIN stage AS done ON done.run_id = runs.id AND done.stage = 'postprocessed'
      WHERE (?1 IS NULL OR rule = ?1) AND (?2 IS NULL OR outcome = ?2) AND (?3 IS NULL OR series_uid = ?3)
        AND (?4 IS NULL OR runs.started_at >= ?4) AND (?9 IS NULL OR runs.started_at < ?9)
        AND (?5 IS NULL OR EXISTS (SELECT 1 FROM scores WHERE run_id = runs.id AND scores.dice < ?5
          AND (?7 IS NULL OR label_name = ?7 OR (label = ?8 AND NOT \(Self.isUnion("scores"))))))
        AND (?7 IS NULL OR EXISTS (SELECT 1 FROM json_each(done.facts, '$.labels') AS item
          WHERE json_extract(item.value, '$.name') = ?7 OR json_extract(item.value, '$.label') = ?8))
        AND (?10 IS NULL OR json_extract(done.facts, '$.trust.verdict') = ?10)
        AND (NOT ?11 OR (outcome = 'segmented'
          AND NOT EXISTS (SELECT 1 FROM event WHERE event.run_id = runs.id AND kind = 'run-reviewed')))
      ORDER BY iif(?11, CASE trust WHEN 'poor' THEN 0 WHEN 'doubtful' THEN 1 WHEN 'good' THEN 2 ELSE 3 END, 0),
        iif(?11, coalesce(expected_dice, 2), 0), runs.started_at DESC, runs.id DESC LIMIT ?6
      """,
      [
        filter.rule, filter.outcome?.rawValue, filter.seriesUID, filter.since.map { UTCTime($0).text },
        filter.diceBelow, max(0, filter.limit), filter.label, filter.label.flatMap { Int64($0) },
        filter.until.map { UTCTime($0).text }, filter.trust, filter.isQueue,
      ])
  }
}
