/// One JSON object per row and line, its members in the order of the columns. A real number that JSON lacks is null.
enum JSONLinesFormat {
  static func render(_ answer: Answer) -> String {
    answer.rows.map { row in
      let members = zip(answer.columns, row).map { CanonicalJSON.quoted($0) + ":" + value($1) }
      return "{" + members.joined(separator: ",") + "}\n"
    }.joined()
  }

  private static func value(_ value: Answer.Value) -> String {
    switch value {
    case .null: "null"
    case .integer(let number): String(number)
    case .real(let number): number.isFinite ? "\(number)" : "null"
    case .text, .blob: CanonicalJSON.quoted(value.text)
    }
  }
}
