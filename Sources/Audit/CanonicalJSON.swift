import Foundation

/// JSON with one spelling for each value, so that its digest means something: RFC 8785 for the objects, strings, integers and
/// nulls used here; real numbers as the shortest text that reads back as the same Double.
enum CanonicalJSON {
  /// One value.
  enum Value {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case array([Value])
    case object([String: Value])
  }

  static func text(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .integer(let number): String(number)
    case .real(let number): "\(number)"
    case .text(let text): quoted(text)
    case .array(let values): "[" + values.map(text).joined(separator: ",") + "]"
    case .object(let members):
      "{"
        + members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
        .map { quoted($0.key) + ":" + text($0.value) }.joined(separator: ",") + "}"
    }
  }

  /// RFC 8785, 3.2.2.2: only what must be escaped is, in the shortest way.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{8}": result += "\\b"
      case "\t": result += "\\t"
      case "\n": result += "\\n"
      case "\u{C}": result += "\\f"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Any value as JSON with sorted keys; numbers that JSON lacks become the texts "NaN", "Infinity" and "-Infinity".
  static func text(encoding value: some Encodable) throws(AuditError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw .unencodable("\(error)")
    }
  }
}
