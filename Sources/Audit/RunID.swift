public import Foundation

/// Names a run: when it began (UTC, to the second) and six random hexadecimal digits, as in `20260131T235959Z-09af3c`.
public struct RunID: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The text, made of letters, digits and `-`.
  public let text: String

  /// The id that this text is.
  public init(_ text: String) { self.text = text }

  /// A new id for a run that begins at `start`.
  public init(startingAt start: Date) {
    let digits = UTCTime(start).text.prefix(19).filter { $0 != "-" && $0 != ":" }
    let random = UInt32.random(in: 0..<(1 << 24))
    let hex = String(random, radix: 16)
    text = digits + "Z-" + String(repeating: "0", count: 6 - hex.count) + hex
  }

  /// The text.
  public var description: String { text }

  /// Reads the text.
  public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A moment as the database writes it: UTC, ISO 8601 with milliseconds, `2026-01-31T23:59:59.123Z`.
package struct UTCTime {
  /// The text.
  package let text: String

  /// The moment, rounded to a millisecond.
  package init(_ date: Date) {
    let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    let rounded = Date(timeIntervalSince1970: Double(milliseconds / 1000))
    let whole = rounded.formatted(Date.ISO8601FormatStyle()).dropLast()
    let fraction = String(1000 + ((milliseconds % 1000) + 1000) % 1000).dropFirst()
    text = whole + "." + fraction + "Z"
  }
}
