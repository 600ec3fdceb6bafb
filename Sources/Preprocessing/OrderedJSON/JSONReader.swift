public import Foundation

/// A text that is not JSON, and where it stops being so.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// Line, from 1.
  public let line: Int
  /// What was expected or found there.
  public let problem: String

  /// The sentence for people.
  public var description: String { "line \(line): \(problem)" }
}

extension JSONValue {
  /// Deepest nesting that is read; plans nest 6 deep.
  public static let deepestNesting = 64
  /// Largest text that is read, bytes; plans are a few kilobytes, a fingerprint of thousands of cases a megabyte.
  public static let largestText = 256 << 20

  /// Reads JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are numbers. A key given twice is an error.
  public init(parsing data: Data) throws(JSONSyntaxError) {
    guard data.count <= Self.largestText else {
      throw JSONSyntaxError(line: 1, problem: "\(data.count) bytes of JSON; at most \(Self.largestText) are read")
    }
    var reader = JSONReader(bytes: [UInt8](data))
    self = try reader.document()
  }
}

struct JSONReader {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONSyntaxError) -> JSONValue {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("text after the end of the JSON value") }
    return value
  }

  mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth < JSONValue.deepestNesting else {
      throw failure("nested deeper than \(JSONValue.deepestNesting) levels")
    }
    skipSpace()
    guard let byte = peek() else { throw failure("the text ends where a value should begin") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: return try word()
    }
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    var seen: Set<String> = []
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
      let key = try string()
      guard seen.insert(key).inserted else { throw failure("the key \"\(key)\" occurs twice in one object") }
      skipSpace()
      guard take(":") else { throw failure("expected ':' after the key \"\(key)\"") }
      members.append(JSONValue.Member(key, try value(depth: depth + 1)))
      skipSpace()
    } while take(",")
    guard take("}") else { throw failure("expected ',' or '}' in an object") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take("]") { return .array([]) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw failure("expected ',' or ']' in an array") }
    return .array(elements)
  }

  private mutating func word() throws(JSONSyntaxError) -> JSONValue {
    for (text, value) in Self.words where bytes[position...].starts(with: text.utf8) {
      position += text.utf8.count
      return value
    }
    throw failure("expected a JSON value")
  }

  private static let words: [(String, JSONValue)] = [
    ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .real(.nan)),
    ("Infinity", .real(.infinity)),
  ]

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    if bytes[position...].starts(with: "-Infinity".utf8) {
      position += 9
      return .real(-.infinity)
    }
    let start = position
    while let byte = peek(), Self.numberBytes.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if !text.contains(where: { ".eE".contains($0) }), let whole = Int(text) { return .integer(whole) }
    guard let real = Double(text) else { throw failure("\"\(text)\" is not a number") }
    return .real(real)
  }

  private static let numberBytes = Set("+-.0123456789eE".utf8)

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: String(try escaped()).utf8)
      case 0..<0x20: throw failure("a control character inside a text")
      default: text.append(byte)
      }
    }
    throw failure("the text ends inside quotes")
  }

  private mutating func escaped() throws(JSONSyntaxError) -> Unicode.Scalar {
    guard let byte = peek() else { throw failure("the text ends inside quotes") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("an unknown escape in a text")
    }
  }

  private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
    let high = try fourHexDigits()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard take("\\"), take("u") else { throw failure("half of a surrogate pair in a text") }
    let low = try fourHexDigits()
    guard (0xD800..<0xDC00).contains(high), (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw failure("half of a surrogate pair in a text") }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt32 {
    guard position + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    position += 4
    return value
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let byte = peek(), UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || (9...10).contains(byte) || byte == 13 { position += 1 }
  }

  private func failure(_ problem: String) -> JSONSyntaxError {
    JSONSyntaxError(line: 1 + bytes[..<min(position, bytes.count)].count { $0 == 10 }, problem: problem)
  }
}
