import GRDB

/// Everything the database knows of one run; encodes with the names of the views' columns.
public struct RunDetails: Sendable {
  /// The row of `runs`; of an open run too, without an outcome.
  public let run: Answer
  /// The rows of `stages`, in order.
  public let stages: Answer
  /// The rows of `files`.
  public let files: Answer
  /// The rows of `scores`.
  public let scores: Answer
  /// The rows of `events` about it.
  public let events: Answer

  /// The parts by name, in order.
  public var parts: [(name: String, answer: Answer)] {
    [("run", run), ("stages", stages), ("files", files), ("scores", scores), ("events", events)]
  }

  /// One JSON object: `run` is an object, the others are arrays of objects; the facts of a stage are JSON in it.
  public var json: String {
    let members = parts.map { name, answer -> String in
      let rows = answer.rows.map { row in
        let members = zip(answer.columns, row).map { column, value in
          let isJSON = column == "facts" || column == "detail"
          return CanonicalJSON.quoted(column) + ":" + (isJSON ? value.text : Self.json(value))
        }
        return "{" + members.joined(separator: ",") + "}"
      }
      let text = name == "run" ? rows.first ?? "null" : "[" + rows.joined(separator: ",") + "]"
      return CanonicalJSON.quoted(name) + ":" + text
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  private static func json(_ value: Answer.Value) -> String {
    switch value {
    case .null: "null"
    case .integer(let number): String(number)
    case .real(let number): number.isFinite ? "\(number)" : "null"
    case .text, .blob: CanonicalJSON.quoted(value.text)
    }
  }
}

extension AuditDatabase {
  /// Everything about the run whose id is `text` or, if only one does, begins with it; `nil` if none or several do.
  public func details(ofRun text: String) throws(AuditError) -> RunDetails? {
    let found = try answer(
      """
      SELECT id FROM run WHERE id = ?1 OR substr(id, 1, length(?1)) = ?1 ORDER BY id = ?1 DESC LIMIT 2
      """, [text]
    ).rows.compactMap { $0.first?.text }
    guard let id = found.first, id == text || found.count == 1 else { return nil }
    return try details(of: RunID(id))
  }

  private func details(of run: RunID) throws(AuditError) -> RunDetails {
    RunDetails(
      run: try answer(
        """
        SELECT id, series_uid, study_uid, rule, outcome, error_stage, error, started_at, finished_at, seconds,
          input_sha256, model_sha256, output_folder, software, host, supersedes FROM run WHERE id = ?
        """, [run.text]),
      stages: try answer(
        "SELECT stage, started_at, seconds, facts FROM stage WHERE run_id = ? ORDER BY ordinal", [run.text]),
      files: try answer("SELECT role, path, bytes, sha256 FROM file WHERE run_id = ? ORDER BY id", [run.text]),
      scores: try answer("SELECT * FROM scores WHERE run_id = ? ORDER BY recorded_at, label", [run.text]),
      events: try answer("SELECT * FROM events WHERE run_id = ? ORDER BY id", [run.text]))
  }
}
