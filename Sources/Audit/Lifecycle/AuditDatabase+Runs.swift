import Digests
public import Foundation
import GRDB

/// A run's life: begun, filled, sealed once.
extension AuditDatabase {
  /// Begins a run of a series, now or at the moment when its journey began, under `id` where its outputs name it already. `software` names this Vigil and its version; the host is this machine's name.
  public func beginRun(
    _ id: RunID? = nil, seriesUID: String, facts: RunFacts = RunFacts(), startedAt: Date? = nil, software: String,
    host: String = ProcessInfo.processInfo.hostName
  ) throws(AuditError) -> RunID {
    let start = startedAt ?? clock()
    return try write { db in
      var id = id ?? RunID(startingAt: start)
      while try Bool.fetchOne(db, sql: "SELECT 1 FROM run WHERE id = ?", arguments: [id.text]) == true {
        id = RunID(startingAt: start)
      }
      try db.execute(
        sql: "INSERT INTO run (id, series_uid, started_at, software, host) VALUES (?, ?, ?, ?, ?)",
        arguments: [id.text, seriesUID, UTCTime(start).text, software, host])
      try Self.describe(id, facts, in: db)
      try self.append(kind: "run-begun", detail: ["series_uid": .text(seriesUID)], run: id, to: db)
      return id
    }
  }

  /// Adds what has become known of an open run.
  public func describe(_ run: RunID, _ facts: RunFacts) throws(AuditError) {
    try write { db in
      try Self.requireOpen(run, in: db)
      try Self.describe(run, facts, in: db)
    }
  }

  /// Adds a stage to an open run: its name, when it began, how long it took and what it found (`facts`, encoded as JSON).
  public func recordStage(
    _ run: RunID, stage: String, startedAt: Date, seconds: Double, facts: some Encodable
  ) throws(AuditError) {
    let facts = try CanonicalJSON.text(encoding: facts)
    try write { db in
      try Self.requireOpen(run, in: db)
      try db.execute(
        sql: """
          INSERT INTO stage (run_id, ordinal, stage, started_at, seconds, facts)
          SELECT ?1, 1 + coalesce(max(ordinal), 0), ?2, ?3, ?4, ?5 FROM stage WHERE run_id = ?1
          """,
        arguments: [run.text, stage, UTCTime(startedAt).text, seconds, facts])
    }
  }

  /// Adds files to a run, in one transaction: any to an open one, masks (`reference`) also to a sealed one. One that is on
  /// record already is left as it is.
  public func recordFiles(_ run: RunID, _ files: [FileEntry]) throws(AuditError) {
    try write { db in
      let insert = try db.makeStatement(
        sql: "INSERT INTO file (run_id, role, path, bytes, sha256) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
      for file in files {
        try insert.execute(
          arguments: [run.text, file.role.rawValue, file.path, file.bytes, file.sha256.description])
      }
    }
  }

  /// Seals an open run for ever. `seconds` is how long it took, by a monotonic clock; without it the times of day tell. Throws ``AuditError/alreadySealed(_:)`` if the same work is on record (failures aside).
  public func seal(
    _ run: RunID, _ outcome: RunOutcome, failure: RunFailure? = nil, facts: RunFacts = RunFacts(),
    seconds: Double? = nil
  ) throws(AuditError) -> SealedRun {
    let end = clock()
    return try write { db in
      try Self.requireOpen(run, in: db)
      try Self.describe(run, facts, in: db)
      if outcome != .failed, let same = try Self.sameWork(as: run, in: db) { throw AuditError.alreadySealed(same) }
      try db.execute(
        sql: """
          UPDATE run SET outcome = ?, error_stage = ?, error = ?, finished_at = ?,
            seconds = coalesce(?, max(0, round((julianday(?) - julianday(started_at)) * 86400, 3))) WHERE id = ?
          """,
        arguments: [
          outcome.rawValue, failure?.stage, failure?.error, UTCTime(end).text, seconds, UTCTime(end).text, run.text,
        ])
      let record = try RunRecordDigest.compute(run, in: db)
      let event = try self.append(
        kind: "run-sealed",
        detail: ["outcome": .text(outcome.rawValue), "record_sha256": .text(record.description)], run: run, to: db)
      return SealedRun(id: run, recordSHA256: record, eventSHA256: event)
    }
  }

  /// The sealed run of this work, failures aside; `nil` if there is none. With `includingFailed` the last failure counts.
  public func sealedRun(for key: RunKey, includingFailed: Bool = false) throws(AuditError) -> RunID? {
    try read { db in try Self.sealedRun(for: key, includingFailed: includingFailed, in: db) }
  }

  /// The sealed runs of a series, oldest first; with `rule` only those of that rule.
  public func sealedRuns(ofSeries seriesUID: String, rule: String? = nil) throws(AuditError) -> [RunID] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT id FROM runs WHERE series_uid = ?1 AND rule IS coalesce(?2, rule) ORDER BY started_at, id",
        arguments: [seriesUID, rule]
      ).map { RunID($0) }
    }
  }

  /// Runs that are not sealed. At the start of the only agent they are what a crash left: discard each and do its series again.
  public func openRuns() throws(AuditError) -> [OpenRun] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT id, series_uid, started_at, output_folder FROM run WHERE outcome IS NULL ORDER BY id"
      ).map { OpenRun(id: RunID($0[0]), seriesUID: $0[1], startedAt: $0[2], outputFolder: $0[3]) }
    }
  }

  /// Removes an open run with its stages and files. An event keeps that it was, and `reason`.
  public func discard(_ run: RunID, reason: String) throws(AuditError) {
    try write { db in
      try Self.requireOpen(run, in: db)
      let series = try String.fetchOne(db, sql: "SELECT series_uid FROM run WHERE id = ?", arguments: [run.text]) ?? ""
      try db.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [run.text])
      try self.append(
        kind: "run-discarded", detail: ["reason": .text(reason), "series_uid": .text(series)], run: run, to: db)
    }
  }

  static func requireOpen(_ run: RunID, in db: Database) throws {
    let isOpen = try Bool.fetchOne(db, sql: "SELECT outcome IS NULL FROM run WHERE id = ?", arguments: [run.text])
    guard isOpen == true else { throw AuditError.noOpenRun(run) }
  }

  private static func describe(_ run: RunID, _ facts: RunFacts, in db: Database) throws {
    try db.execute(
      sql: """
        UPDATE run SET study_uid = coalesce(?, study_uid), rule = coalesce(?, rule),
          input_sha256 = coalesce(?, input_sha256), model_sha256 = coalesce(?, model_sha256),
          output_folder = coalesce(?, output_folder), supersedes = coalesce(?, supersedes) WHERE id = ?
        """,
      arguments: [
        facts.studyUID, facts.rule, facts.inputSHA256?.description, facts.modelSHA256?.description,
        facts.outputFolder, facts.supersedes?.text, run.text,
      ])
  }

  private static func sameWork(as run: RunID, in db: Database) throws -> RunID? {
    try String.fetchOne(
      db,
      sql: """
        SELECT other.id FROM run AS other JOIN run AS mine ON mine.id = ? AND other.series_uid = mine.series_uid
          AND other.rule IS mine.rule AND other.model_sha256 IS mine.model_sha256
          AND other.input_sha256 IS mine.input_sha256
        WHERE other.outcome IN ('segmented', 'unmatched', 'refused')
        """, arguments: [run.text]
    ).map { RunID($0) }
  }

  private static func sealedRun(for key: RunKey, includingFailed: Bool, in db: Database) throws -> RunID? {
    try String.fetchOne(
      db,
      sql: """
        SELECT id FROM run WHERE series_uid = ? AND rule IS ? AND model_sha256 IS ? AND input_sha256 IS ?
          AND outcome IS NOT NULL AND (outcome <> 'failed' OR ?)
        ORDER BY outcome = 'failed', started_at DESC
        """,
      arguments: [
        key.seriesUID, key.rule, key.modelSHA256?.description, key.inputSHA256?.description, includingFailed,
      ]
    ).map { RunID($0) }
  }
}
