import GRDB

/// The agent's own starts, as `agent-started` events.
extension AuditDatabase {
  /// The kind of the event that each start of an agent records, with the inboxes that it watches.
  public static let startKind = "agent-started"

  /// Every inbox that an agent has watched for this tree.
  public func inboxes() throws(AuditError) -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT inbox.value FROM event, json_each(event.detail, '$.inboxes') AS inbox
          WHERE event.kind = ? ORDER BY inbox.value
          """, arguments: [Self.startKind])
    }
  }

  /// The runs of which an event tells that came after the last start of an agent: what a crash can have left behind. All runs
  /// where no start is on record.
  public func runsTouchedSinceLastStart() throws(AuditError) -> [RunID] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT run_id FROM event
          WHERE run_id IS NOT NULL AND id > coalesce((SELECT max(id) FROM event WHERE kind = ?), 0) ORDER BY run_id
          """, arguments: [Self.startKind]
      ).map { RunID($0) }
    }
  }
}
