public import Digests
import GRDB

/// A sealed run with a segmentation, as late masks need it.
public struct SegmentedRun: Sendable, Hashable {
  /// The run.
  public let id: RunID
  /// The rule's name.
  public let rule: String
  /// Its output folder, relative to the folder of the database.
  public let outputFolder: String
}

/// Which runs belong to a folder.
extension AuditDatabase {
  /// The work whose sealed runs have `folder` (relative to the folder of the database) as their output folder.
  public func owners(ofFolder folder: String) throws(AuditError) -> [RunKey] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT DISTINCT series_uid, rule, model_sha256, input_sha256 FROM runs WHERE output_folder = ?",
        arguments: [folder]
      ).map { row in
        RunKey(
          seriesUID: row[0], rule: row[1], modelSHA256: (row[2] as String?).flatMap { SHA256Digest(hexadecimal: $0) },
          inputSHA256: (row[3] as String?).flatMap { SHA256Digest(hexadecimal: $0) })
      }
    }
  }

  /// The segmented runs with an input file that lies in `folder` (absolute, or its alias) itself, oldest first.
  public func segmentedRuns(withInputIn folder: String) throws(AuditError) -> [SegmentedRun] {
    let prefix = folder + "/"
    return try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT DISTINCT run.id, run.rule, run.output_folder FROM run JOIN file ON file.run_id = run.id
          WHERE run.outcome = 'segmented' AND run.output_folder IS NOT NULL AND file.role = 'input' AND substr(file.path, 1, ?1) = ?2
            AND instr(substr(file.path, ?1 + 1), '/') = 0
          ORDER BY run.started_at, run.id
          """, arguments: [prefix.unicodeScalars.count, prefix]
      ).map { SegmentedRun(id: RunID($0[0]), rule: $0[1], outputFolder: $0[2]) }
    }
  }

  /// The segmented runs of a series, oldest first.
  public func segmentedRuns(ofSeries seriesUID: String) throws(AuditError) -> [SegmentedRun] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, rule, output_folder FROM run
          WHERE series_uid = ? AND outcome = 'segmented' AND output_folder IS NOT NULL ORDER BY started_at, id
          """, arguments: [seriesUID]
      ).map { SegmentedRun(id: RunID($0[0]), rule: $0[1], outputFolder: $0[2]) }
    }
  }

  /// The segmented runs of a study, oldest first.
  public func segmentedRuns(ofStudy study: String) throws(AuditError) -> [SegmentedRun] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, rule, output_folder FROM run
          WHERE study_uid = ? AND outcome = 'segmented' AND output_folder IS NOT NULL ORDER BY started_at, id
          """, arguments: [study]
      ).map { SegmentedRun(id: RunID($0[0]), rule: $0[1], outputFolder: $0[2]) }
    }
  }

  /// How a sealed run ended; nil where it is open or there is none.
  public func outcome(of run: RunID) throws(AuditError) -> RunOutcome? {
    try read { db in
      try String.fetchOne(db, sql: "SELECT outcome FROM run WHERE id = ?", arguments: [run.text])
        .flatMap { RunOutcome(rawValue: $0) }
    }
  }

  /// How a sealed run ended, and the reason where it is no segmentation; nil where it is open or there is none.
  public func end(of run: RunID) throws(AuditError) -> (outcome: RunOutcome, error: String)? {
    try read { db in
      guard let row = try Row.fetchOne(db, sql: "SELECT outcome, error FROM runs WHERE id = ?", arguments: [run.text]),
        let outcome = RunOutcome(rawValue: row[0])
      else { return nil }
      return (outcome, row[1] ?? "")
    }
  }

  /// Whether other rules or models may let the scan fare better: it was unmatched, it failed, or it was refused by the rules.
  public func dependsOnRules(_ run: RunID) throws(AuditError) -> Bool {
    try read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT outcome IN ('unmatched', 'failed') OR (outcome = 'refused' AND error_stage = 'matched') FROM runs
          WHERE id = ?
          """, arguments: [run.text]) == true
    }
  }

  /// The segmented runs, oldest first.
  public func segmentedRuns() throws(AuditError) -> [SegmentedRun] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, rule, output_folder FROM run WHERE outcome = 'segmented' AND output_folder IS NOT NULL
          ORDER BY started_at, id
          """
      ).map { SegmentedRun(id: RunID($0[0]), rule: $0[1], outputFolder: $0[2]) }
    }
  }

  /// The output folder of a run, relative to the folder of the database; nil where it has none.
  public func outputFolder(of run: RunID) throws(AuditError) -> String? {
    try read { db in
      try String.fetchOne(db, sql: "SELECT output_folder FROM run WHERE id = ?", arguments: [run.text])
    }
  }

  /// Whether the run was scored against the mask of this digest.
  public func hasScores(_ run: RunID, against reference: SHA256Digest) throws(AuditError) -> Bool {
    try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT 1 FROM score WHERE run_id = ? AND reference_sha256 = ?",
        arguments: [run.text, reference.description]) == true
    }
  }
}
