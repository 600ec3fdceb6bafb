/// RFC 4180: a line of names, then the rows; a value with a comma, a quote or a line break stands in quotes.
///
/// A text that a spreadsheet would take for a formula gets `'` before it: it may be the sender's. Numbers stay numbers, and aliases of
/// paths (``PathAliases``), which are this agent's own, stay as they are.
enum CSVFormat {
  static func render(_ answer: Answer) -> String {
    ([answer.columns] + answer.rows.map { row in row.map { harmless($0) } })
      .map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func harmless(_ value: Answer.Value) -> String {
    guard case .text(let text) = value, let first = text.unicodeScalars.first,
      "=+-@\t\r".unicodeScalars.contains(first),
      !PathAliases.isWhole(text)
    else { return value.text }
    return "'" + text
  }

  private static func field(_ text: String) -> String {
    let special = text.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
    return special ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
