import Digests
import Foundation
import GRDB

/// The append-only list of what happened, each entry bound to the one before it.
extension AuditDatabase {
  /// Appends an event of the agent's own (it started, an inbox was lost, a rule changed...). `detail` becomes JSON.
  public func recordEvent(kind: String, detail: some Encodable, run: RunID? = nil) throws(AuditError) {
    let detail = try CanonicalJSON.text(encoding: detail)
    try write { db in _ = try self.append(kind: kind, detailText: detail, run: run, to: db) }
  }

  @discardableResult
  func append(
    kind: String, detail: [String: CanonicalJSON.Value], run: RunID?, to db: Database
  ) throws -> SHA256Digest {
    try append(kind: kind, detailText: CanonicalJSON.text(.object(detail)), run: run, to: db)
  }

  private func append(kind: String, detailText: String, run: RunID?, to db: Database) throws -> SHA256Digest {
    let last = try Row.fetchOne(db, sql: "SELECT id, sha256 FROM event ORDER BY id DESC LIMIT 1")
    let link = EventLink(
      id: (last?["id"] as Int64? ?? 0) + 1, at: now, run: run?.text, kind: kind, detail: detailText,
      previous: last?["sha256"] ?? EventLink.beginning)
    try db.execute(
      sql: "INSERT INTO event (id, at, run_id, kind, detail, previous_sha256, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [link.id, link.at, link.run, kind, detailText, link.previous, link.digest.description])
    return link.digest
  }
}

/// One event as its digest sees it.
struct EventLink {
  /// What the first event has before it.
  static let beginning = String(repeating: "0", count: 64)

  let id: Int64
  let at: String
  let run: String?
  let kind: String
  let detail: String
  let previous: String

  /// SHA-256 over the previous event's digest (64 hexadecimal digits) followed by this event as canonical JSON.
  var digest: SHA256Digest {
    let json = CanonicalJSON.text(
      .object([
        "id": .integer(id), "at": .text(at), "run_id": run.map { .text($0) } ?? .null, "kind": .text(kind),
        "detail": .text(detail),
      ]))
    return SHA256Digest(of: previous + json)
  }
}
