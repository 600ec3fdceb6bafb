/// Texts of unknown origin made fit for a page.
package enum PlainText {
  /// `text` for an HTML element or a quoted attribute: control characters gone, `& < > " '` as entities.
  package static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars where !isControl(scalar) {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `text` without control characters, for JSON.
  package static func cleaned(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.filter { !isControl($0) }))
  }

  /// Control and separator characters (C0, DEL, C1, line and paragraph separator) and those that reverse or hide text
  /// (bidirectional overrides and isolates, zero-width marks, byte order mark): none has a place in a description.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: true
    case 0x2028...0x202E, 0x2066...0x2069, 0x200B...0x200F, 0xFEFF: true
    case 0xFFFE...0xFFFF: true
    default: false
    }
  }
}
