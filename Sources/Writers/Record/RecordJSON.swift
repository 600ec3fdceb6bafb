import Foundation

/// JSON as it stands in `record.json`: the same value always gives the same bytes.
public enum RecordJSON {
  /// `value` as UTF-8 JSON, indented, keys sorted, slashes not escaped, dates in ISO 8601, with a final newline. Throws
  /// EncodingError where a number is not finite: a score that does not exist is null, never NaN.
  public static func bytes(of value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return try Array(encoder.encode(value)) + [0x0A]
  }
}
