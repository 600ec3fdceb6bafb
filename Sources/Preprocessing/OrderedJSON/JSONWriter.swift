public import Foundation

extension JSONValue {
  /// The JSON text, keys in order, arrays and objects indented by four spaces as nnU-Net's own files are.
  public var formatted: String {
    var text = ""
    write(into: &text, indentation: 0)
    return text
  }

  /// ``formatted`` as bytes.
  public var data: Data { Data(formatted.utf8) }

  private func write(into text: inout String, indentation: Int) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .real(let value): text += Self.numeral(value)
    case .string(let value): Self.quote(value, into: &text)
    case .array(let elements):
      Self.list(elements, brackets: ("[", "]"), into: &text, indentation: indentation) { element, text, inner in
        element.write(into: &text, indentation: inner)
      }
    case .object(let members):
      Self.list(members, brackets: ("{", "}"), into: &text, indentation: indentation) { member, text, inner in
        Self.quote(member.key, into: &text)
        text += ": "
        member.value.write(into: &text, indentation: inner)
      }
    }
  }

  private static func list<Item>(
    _ items: [Item], brackets: (String, String), into text: inout String, indentation: Int,
    _ write: (Item, inout String, Int) -> Void
  ) {
    guard !items.isEmpty else {
      text += brackets.0 + brackets.1
      return
    }
    text += brackets.0
    for (index, item) in items.enumerated() {
      text += index == 0 ? "\n" : ",\n"
      text += String(repeating: " ", count: indentation + 4)
      write(item, &text, indentation + 4)
    }
    text += "\n" + String(repeating: " ", count: indentation) + brackets.1
  }

  private static func numeral(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return value.description
  }

  private static func quote(_ value: String, into text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
