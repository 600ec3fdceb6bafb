/// The answer to a question to the database: named columns and rows of values.
public struct Answer: Sendable, Hashable {
  /// One value, as SQLite stores it.
  public enum Value: Sendable, Hashable {
    /// NULL.
    case null
    /// A whole number.
    case integer(Int64)
    /// A real number.
    case real(Double)
    /// Text.
    case text(String)
    /// Bytes.
    case blob([UInt8])

    /// The value as people read it; NULL is empty, bytes are hexadecimal.
    public var text: String {
      switch self {
      case .null: ""
      case .integer(let number): String(number)
      case .real(let number): "\(number)"
      case .text(let text): text
      case .blob(let bytes): bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      }
    }
  }

  /// The columns' names, in order.
  public let columns: [String]
  /// The rows; each has one value per column.
  public let rows: [[Value]]

  /// An answer with these columns and rows.
  public init(columns: [String], rows: [[Value]]) {
    self.columns = columns
    self.rows = rows
  }
}

/// How an answer is written. A new way is a case here and a file beside this one.
public enum AnswerFormat: String, Sendable, Hashable, CaseIterable {
  /// Columns lined up for a terminal.
  case table
  /// One JSON object per row and line.
  case json
  /// RFC 4180, with a line of names.
  case csv

  /// The answer as text; each line ends with a line feed (CSV: as RFC 4180 says, carriage return and line feed).
  public func render(_ answer: Answer) -> String {
    switch self {
    case .table: TableFormat.render(answer)
    case .json: JSONLinesFormat.render(answer)
    case .csv: CSVFormat.render(answer)
    }
  }
}
