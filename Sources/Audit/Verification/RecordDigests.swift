import Digests
import GRDB

/// Binds a sealed run to the chain: the digest, in its `run-sealed` event, of its row, its stages and its files (masks, which
/// may come later, aside).
enum RunRecordDigest {
  static func compute(_ run: RunID, in db: Database) throws -> SHA256Digest {
    let questions = [
      """
      SELECT id, series_uid, study_uid, rule, outcome, error_stage, error, started_at, finished_at, seconds,
        input_sha256, model_sha256, output_folder, software, host, supersedes FROM run WHERE id = ?
      """,
      "SELECT ordinal, stage, started_at, seconds, facts FROM stage WHERE run_id = ? ORDER BY ordinal",
      "SELECT role, path, bytes, sha256 FROM file WHERE run_id = ? AND role <> 'reference' ORDER BY role, path, sha256",
    ]
    let tables = try questions.map { try rows(db, sql: $0, arguments: [run.text]) }
    return SHA256Digest(of: CanonicalJSON.text(.array(tables)))
  }

  /// The rows of an answer, each an array of its values.
  static func rows(_ db: Database, sql: String, arguments: StatementArguments) throws -> CanonicalJSON.Value {
    .array(
      try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
        .array(row.databaseValues.map { plain($0) })
      })
  }

  /// A stored value as JSON; a blob, which no table has, as hexadecimal.
  static func plain(_ value: DatabaseValue) -> CanonicalJSON.Value {
    switch value.storage {
    case .null: .null
    case .int64(let number): .integer(number)
    case .double(let number): .real(number)
    case .string(let text): .text(text)
    case .blob(let data): .text(data.map { String($0, radix: 16) }.joined(separator: " "))
    }
  }
}

/// Binds scores to the chain: the digest, in their `scores-recorded` event, of their rows.
enum ScoreRecordDigest {
  static func compute(_ run: RunID, reference: String, labels: [Int], in db: Database) throws -> SHA256Digest {
    let wanted = Set(labels)
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT label, label_name, dice, hd95_mm, nsd_1mm, volume_ml, reference_volume_ml, recorded_at FROM score
        WHERE run_id = ? AND reference_sha256 = ? ORDER BY label
        """, arguments: [run.text, reference]
    ).filter { wanted.contains($0["label"]) }
    return SHA256Digest(
      of: CanonicalJSON.text(.array(rows.map { row in .array(row.databaseValues.map { RunRecordDigest.plain($0) }) })))
  }
}
