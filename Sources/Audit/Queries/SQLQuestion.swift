import Foundation
import GRDB

extension AuditDatabase {
  /// The answer to one statement of the user's that only reads (SELECT, WITH or EXPLAIN); on a connection that cannot write.
  public func ask(sql: String) throws(AuditError) -> Answer {
    let text = sql.drop { $0.isWhitespace || $0 == "(" }
    let first = text.prefix { $0.isLetter }
    guard ["SELECT", "WITH", "EXPLAIN"].contains(first.uppercased()) else {
      let word = first.isEmpty ? text.prefix { !$0.isWhitespace } : first
      throw .notAQuestion(sql: sql, reason: "it begins with \(word.isEmpty ? "nothing" : word)")
    }
    do {
      return try pool.read { db in
        let statement = try db.makeStatement(sql: sql)
        guard statement.isReadonly else {
          throw AuditError.notAQuestion(sql: sql, reason: "it would change the database")
        }
        return try Self.answer(statement)
      }
    } catch let error as AuditError {
      throw error
    } catch let error as DatabaseError where [.SQLITE_ERROR, .SQLITE_MISUSE].contains(error.resultCode) {
      throw .notAQuestion(sql: sql, reason: error.message ?? "not understood")
    } catch {
      throw AuditError(error, path: file.path)
    }
  }

  /// The answer to one of Vigil's own questions.
  func answer(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws(AuditError) -> Answer {
    try read { db in
      let statement = try db.makeStatement(sql: sql)
      try statement.setArguments(StatementArguments(arguments))
      return try Self.answer(statement)
    }
  }

  /// The same, given to `take` in answers of `count` rows at most. Throws ``AuditError`` and what `take` throws.
  func answer(_ sql: String, inParts count: Int, _ take: (Answer) throws -> Void) throws {
    // What `take` throws is no failure of the database.
    var refusal: (any Error)?
    try read { db in
      let statement = try db.makeStatement(sql: sql)
      let found = try Row.fetchCursor(statement)
      var rows: [[Answer.Value]] = []
      func hand() {
        guard !rows.isEmpty else { return }
        do { try take(Answer(columns: statement.columnNames, rows: rows)) } catch { refusal = error }
        rows.removeAll(keepingCapacity: true)
      }
      while refusal == nil, let row = try found.next() {
        rows.append(Array(row.databaseValues).map { Answer.Value($0) })
        if rows.count == count { hand() }
      }
      if refusal == nil { hand() }
    }
    if let refusal { throw refusal }
  }

  private static func answer(_ statement: Statement) throws -> Answer {
    let rows = try Row.fetchAll(statement).map { row in Array(row.databaseValues).map { Answer.Value($0) } }
    return Answer(columns: statement.columnNames, rows: rows)
  }
}

extension Answer.Value {
  init(_ value: DatabaseValue) {
    switch value.storage {
    case .null: self = .null
    case .int64(let number): self = .integer(number)
    case .double(let number): self = .real(number)
    case .string(let text): self = .text(text)
    case .blob(let data): self = .blob(Array(data))
    }
  }
}
