import Foundation

/// JSON that may stand inside a `<script>` element.
package enum ScriptJSON {
  /// `value` as JSON with sorted keys (the same value always gives the same text) in which `<`, `>`, `&`, U+2028 and U+2029
  /// are written as `\u` escapes, so that no text in it can end the element or start another
  /// (HTML Living Standard, 4.12.1.3, restrictions for contents of script elements).
  package static func text(_ value: some Encodable) throws(ReportError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
    } catch {
      throw .unwritable("\(error)")
    }
  }

  /// The characters that HTML or old JavaScript would read otherwise only ever stand inside JSON's strings.
  private static func escaped(_ json: String) -> String {
    // Most rows of a list of ten thousand have none; 0xE2 begins U+2028 in UTF-8.
    let isPlain = json.utf8.allSatisfy { byte in
      byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "&") && byte != 0xE2
    }
    if isPlain { return json }
    var result = ""
    result.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<": result += "\\u003c"
      case ">": result += "\\u003e"
      case "&": result += "\\u0026"
      case "\u{2028}": result += "\\u2028"
      case "\u{2029}": result += "\\u2029"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
