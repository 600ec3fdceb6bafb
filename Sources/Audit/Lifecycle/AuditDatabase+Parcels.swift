public import Digests
import Foundation
import GRDB

/// Something in an inbox that is dealt with as one, in the state in which it was found.
public struct ParcelState: Sendable, Hashable {
  /// A keyed digest of what it is called (``PathAliases``).
  public let parcel: String
  /// The digest over the names, sizes, times and inodes of its files.
  public let stamps: SHA256Digest

  /// That parcel in that state.
  public init(parcel: String, stamps: SHA256Digest) {
    self.parcel = parcel
    self.stamps = stamps
  }
}

/// How often an agent died with a parcel in hand.
public struct ParcelDeaths: Sendable, Hashable {
  /// By a signal of its own: a memory fault, an assertion.
  public var crashes = 0
  /// For a cause that nobody saw: SIGKILL, no memory, no power.
  public var unexplained = 0

  /// Never.
  public init() {}
}

/// What is remembered of the inboxes from one start of the agent to the next.
extension AuditDatabase {
  /// The runs that came of the parcel in this state under these rules, models and software; nil where nothing is remembered, or
  /// one of them is not on record.
  public func runs(of state: ParcelState, basis: SHA256Digest) throws(AuditError) -> [RunID]? {
    try read { db in
      let text = try String.fetchOne(
        db, sql: "SELECT runs FROM known_parcel WHERE parcel = ? AND stamps_sha256 = ? AND basis_sha256 = ?",
        arguments: [state.parcel, state.stamps.description, basis.description])
      guard let ids = text.flatMap({ try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }) else {
        return nil
      }
      for id in ids where try Bool.fetchOne(db, sql: "SELECT 1 FROM runs WHERE id = ?", arguments: [id]) != true {
        return nil
      }
      return ids.map { RunID($0) }
    }
  }

  /// Remembers what came of a parcel; what was remembered of an earlier state of it goes, and so do the deaths.
  public func remember(_ state: ParcelState, basis: SHA256Digest, runs: [RunID]) throws(AuditError) {
    let text = CanonicalJSON.text(.array(runs.map { .text($0.text) }))
    try write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO known_parcel VALUES (?, ?, ?, ?)",
        arguments: [state.parcel, state.stamps.description, basis.description, text])
      try db.execute(sql: "DELETE FROM death WHERE parcel = ?", arguments: [state.parcel])
    }
  }

  /// Puts on record that an agent died with this in hand, by that signal (`SIGSEGV`...) or for a cause that nobody saw (nil).
  /// Deaths over another state of it, or of other software, count no more.
  public func recordDeath(of state: ParcelState, software: String, signal: String?) throws(AuditError) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM death WHERE parcel = ? AND (stamps_sha256 <> ? OR software <> ?)",
        arguments: [state.parcel, state.stamps.description, software])
      try db.execute(
        sql: """
          INSERT INTO death VALUES (?, ?, ?, ?, ?) ON CONFLICT (parcel) DO UPDATE
          SET crashes = crashes + excluded.crashes, unexplained = unexplained + excluded.unexplained
          """,
        arguments: [state.parcel, state.stamps.description, software, signal == nil ? 0 : 1, signal == nil ? 1 : 0])
      try self.append(
        kind: "agent-died", detail: ["parcel": .text(state.parcel), "signal": signal.map { .text($0) } ?? .null],
        run: nil, to: db)
    }
  }

  /// Every parcel over which an agent of this software has died.
  public func deaths(software: String) throws(AuditError) -> [ParcelState: ParcelDeaths] {
    try read { db in
      var deaths: [ParcelState: ParcelDeaths] = [:]
      let rows = try Row.fetchAll(
        db, sql: "SELECT parcel, stamps_sha256, crashes, unexplained FROM death WHERE software = ?",
        arguments: [software])
      for row in rows {
        guard let stamps = SHA256Digest(hexadecimal: row[1]) else { continue }
        var counts = ParcelDeaths()
        (counts.crashes, counts.unexplained) = (row[2], row[3])
        deaths[ParcelState(parcel: row[0], stamps: stamps)] = counts
      }
      return deaths
    }
  }

  /// Forgets deaths over a parcel that was got through after all.
  public func forgetDeaths(of parcel: String) throws(AuditError) {
    try write { db in try db.execute(sql: "DELETE FROM death WHERE parcel = ?", arguments: [parcel]) }
  }
}
