import Foundation

/// The bytes of a pickle and how far the machine has read them.
struct PickleBytes {
  private let bytes: [UInt8]
  /// The next byte.
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next `count` bytes.
  mutating func take(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw PickleError(.damaged, "the pickle ends where \(count) more bytes are due")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// The next byte.
  mutating func byte() throws(PickleError) -> UInt8 {
    guard position < bytes.count else { throw PickleError(.damaged, "the pickle ends without STOP") }
    defer { position += 1 }
    return bytes[position]
  }

  /// An unsigned little-endian number of `size` bytes.
  mutating func unsigned(_ size: Int) throws(PickleError) -> Int {
    let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let value = Int(exactly: value) else { throw PickleError(.damaged, "a length of \(value) in the pickle") }
    return value
  }

  /// A length of `size` bytes, then that many bytes.
  mutating func counted(_ size: Int) throws(PickleError) -> ArraySlice<UInt8> {
    try take(try unsigned(size))
  }

  /// As ``counted(_:)``, as UTF-8 text.
  mutating func text(_ size: Int) throws(PickleError) -> String {
    try Self.text(try counted(size))
  }

  /// The text up to the next newline, which is passed over.
  mutating func line() throws(PickleError) -> String {
    guard let end = bytes[position...].firstIndex(of: 10) else {
      throw PickleError(.damaged, "the pickle ends within a line")
    }
    let line = try take(end - position)
    position += 1
    return try Self.text(line)
  }

  /// A big-endian IEEE 754 number of 8 bytes.
  mutating func double() throws(PickleError) -> Double {
    Double(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  private static func text(_ bytes: ArraySlice<UInt8>) throws(PickleError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw PickleError(.damaged, "text that is not UTF-8")
    }
    return text
  }
}
