/// RFC 4180: a line of names, then the rows; a value with a comma, a quote or a line break stands in quotes.
enum CSVFormat {
  static func render(_ answer: Answer) -> String {
    ([answer.columns] + answer.rows.map { row in row.map { $0.text } })
      .map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    let special = text.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
    return special ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
