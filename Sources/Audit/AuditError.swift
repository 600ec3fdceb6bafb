import GRDB

/// The audit database cannot do what was asked. Where the agent cannot go on, the text says what to do.
public enum AuditError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file is there but is not a whole SQLite database; `findings` are SQLite's own words. Nothing was changed in it.
  case corrupt(path: String, findings: [String])
  /// The file is a database of something else.
  case notAnAuditDatabase(path: String)
  /// A later version of Vigil has written the file.
  case newerSchema(path: String, found: Int, known: Int)
  /// There is no such file.
  case missing(path: String)
  /// The file cannot be created, opened or written; `reason` is the system's or SQLite's word.
  case notWritable(path: String, reason: String)
  /// The rules of the database forbid it (a sealed run is not changed, events are only appended); SQLite's words.
  case forbidden(String)
  /// The same work is sealed already, as this run.
  case alreadySealed(RunID)
  /// No run of that id, or it is not open.
  case noOpenRun(RunID)
  /// No sealed run of that id, or one without a segmentation.
  case noResult(RunID)
  /// Not a single statement that only reads.
  case notAQuestion(sql: String, reason: String)
  /// A value cannot be put into JSON.
  case unencodable(String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .corrupt(let path, let findings):
      "\(path) is damaged (\(findings.prefix(3).joined(separator: "; "))); it was left as it is. Copy it and its -wal file "
        + "away, then either recover what can be read with `sqlite3 COPY .recover | sqlite3 NEW` and put NEW in its place, "
        + "or move it aside to begin a new one: the output folders keep their record.json"
    case .notAnAuditDatabase(let path):
      "\(path) is an SQLite database but not one of Vigil's; name another output folder or move the file away"
    case .newerSchema(let path, let found, let known):
      "\(path) has schema version \(found), this vigil knows versions up to \(known): use the vigil that wrote it"
    case .missing(let path): "\(path) does not exist: nothing has been recorded there"
    case .notWritable(let path, let reason):
      "\(path) cannot be used: \(reason); make sure that the folder is writable for the agent's user and not full"
    case .forbidden(let words): "the audit database forbids it: \(words)"
    case .alreadySealed(let run): "the same work is on record already, as run \(run)"
    case .noOpenRun(let run): "there is no open run \(run)"
    case .noResult(let run): "there is no segmentation of a run \(run) to be reviewed"
    case .notAQuestion(let sql, let reason):
      "only one SELECT, WITH or EXPLAIN statement that changes nothing is allowed (\(reason)): \(sql)"
    case .unencodable(let words): "cannot be written as JSON: \(words)"
    }
  }

  /// What an error of SQLite means for the file at `path`.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as AuditError: self = error
    case let error as DatabaseError: self.init(error, path: path)
    default: self = .notWritable(path: path, reason: "\(error)")
    }
  }

  private init(_ error: DatabaseError, path: String) {
    let words = error.message ?? error.resultCode.description
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path: path, findings: [words])
    case .SQLITE_CONSTRAINT: self = .forbidden(words)
    default: self = .notWritable(path: path, reason: words)
    }
  }
}
