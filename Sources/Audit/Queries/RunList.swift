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
  /// Only runs with a label whose Dice is below this.
  public var diceBelow: Double?
  /// At most so many, the newest.
  public var limit: Int

  /// The newest 100 runs unless told otherwise.
  public init(
    rule: String? = nil, outcome: RunOutcome? = nil, seriesUID: String? = nil, since: Date? = nil,
    diceBelow: Double? = nil, limit: Int = 100
  ) {
    self.rule = rule
    self.outcome = outcome
    self.seriesUID = seriesUID
    self.since = since
    self.diceBelow = diceBelow
    self.limit = limit
  }
}

extension AuditDatabase {
  /// Sealed runs, newest first: the columns of the view `runs`, then `dice`, the lowest of the run (NULL without scores).
  public func list(_ filter: RunFilter = RunFilter()) throws(AuditError) -> Answer {
    try answer(
      """
      SELECT runs.*, (SELECT min(dice) FROM scores WHERE run_id = runs.id) AS dice FROM runs
      WHERE (?1 IS NULL OR rule = ?1) AND (?2 IS NULL OR outcome = ?2) AND (?3 IS NULL OR series_uid = ?3)
        AND (?4 IS NULL OR started_at >= ?4)
        AND (?5 IS NULL OR EXISTS (SELECT 1 FROM scores WHERE run_id = runs.id AND scores.dice < ?5))
      ORDER BY started_at DESC, id DESC LIMIT ?6
      """,
      [
        filter.rule, filter.outcome?.rawValue, filter.seriesUID, filter.since.map { UTCTime($0).text },
        filter.diceBelow, max(0, filter.limit),
      ])
  }
}
