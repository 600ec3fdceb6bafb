public import Foundation

/// JSON that people and programs read: sorted keys, indented, a newline at the end, the same bytes for the same values.
public enum RecordFile {
  /// The file's bytes. Dates are UTC, ISO 8601 with milliseconds.
  public static func bytes(of record: some Encodable) throws(EncodingFailure) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)))
    }
    do {
      return try encoder.encode(record) + Data("\n".utf8)
    } catch {
      throw EncodingFailure(description: "a record could not be written as JSON: \(error)")
    }
  }

  /// A value that JSON has no word for.
  public struct EncodingFailure: Error, CustomStringConvertible {
    /// What the encoder said.
    public let description: String
  }
}
