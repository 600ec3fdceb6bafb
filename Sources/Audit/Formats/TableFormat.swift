/// Columns lined up for a terminal: numbers to the right, texts to the left, control characters shown as `?`.
enum TableFormat {
  /// Longer texts are cut, with an ellipsis; JSON and CSV give them whole.
  static let widest = 64

  static func render(_ answer: Answer) -> String {
    let cells = answer.rows.map { row in row.map { cell($0) } }
    let widths = answer.columns.indices.map { column in
      cells.reduce(answer.columns[column].count) { max($0, $1[column].text.count) }
    }
    let header = answer.columns.map { Cell(text: $0, isNumber: false) }
    let rule = widths.map { Cell(text: String(repeating: "-", count: $0), isNumber: false) }
    return ([header, rule] + cells).map { line($0, widths) + "\n" }.joined()
  }

  private struct Cell {
    let text: String
    let isNumber: Bool
  }

  private static func cell(_ value: Answer.Value) -> Cell {
    switch value {
    case .integer: return Cell(text: value.text, isNumber: true)
    case .real(let number):
      let rounded = (number * 10_000).rounded() / 10_000
      return Cell(text: abs(number) < 1e9 && (rounded != 0 || number == 0) ? "\(rounded)" : "\(number)", isNumber: true)
    default:
      let plain = String(String.UnicodeScalarView(value.text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
      return Cell(text: plain.count > widest ? plain.prefix(widest - 1) + "…" : plain, isNumber: false)
    }
  }

  /// C0 and C1 controls: an error text must not move the cursor.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }

  private static func line(_ cells: [Cell], _ widths: [Int]) -> String {
    let padded = zip(cells, widths).map { cell, width in
      let space = String(repeating: " ", count: width - cell.text.count)
      return cell.isNumber ? space + cell.text : cell.text + space
    }
    var text = padded.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }
}
