internal import Digests

/// The name of a run's folder: `<study date>_<modality>_<series description>_<8 hex of SeriesInstanceUID>`.
///
/// Made of letters, digits, `-`, `_` and `.` only, whatever the DICOM says; it never begins with a dot or a hyphen, and has at
/// most 120 bytes. No patient's name, ID or birth date goes in.
public struct OutputName: Sendable, Hashable, CustomStringConvertible {
  /// The folder's name.
  public let description: String

  /// Longest part taken from the data, bytes.
  static let longestPart = 60

  /// - Parameters:
  ///   - studyDate: DICOM StudyDate, `YYYYMMDD`; anything else becomes `undated`.
  ///   - modality: DICOM Modality.
  ///   - seriesDescription: DICOM SeriesDescription.
  ///   - seriesInstanceUID: DICOM SeriesInstanceUID, or what stands in for it; only its digest is used.
  public init(studyDate: String?, modality: String?, seriesDescription: String?, seriesInstanceUID: String) {
    let digits = (studyDate ?? "").filter { $0.isASCII && $0.isNumber }
    let parts = [
      digits.count == 8 ? digits : "undated",
      Self.plain(modality ?? "", orElse: "unknown"),
      Self.plain(seriesDescription ?? "", orElse: "series"),
      Self.hex(seriesInstanceUID),
    ]
    description = parts.joined(separator: "_")
  }

  private init(_ description: String) { self.description = description }

  /// This name with `-` and the first 8 hexadecimal digits of `digest`: for a second run of the same series on other input.
  public func qualified(by digest: String) -> OutputName {
    OutputName("\(description)-\(Self.plain(String(digest.prefix(8)), orElse: "0"))")
  }

  /// 8 hexadecimal digits that stand for `text`.
  static func hex(_ text: String) -> String { String(SHA256Digest(of: text).description.prefix(8)) }

  /// Runs of anything but letters, digits, `-` and `.` become one `-`.
  private static func plain(_ text: String, orElse fallback: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      let isPlain =
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
          true
        default: false
        }
      if isPlain { bytes.append(byte) } else if bytes.last != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "-")) }
      if bytes.count == longestPart { break }
    }
    let edges = [UInt8(ascii: "-"), UInt8(ascii: ".")]
    let trimmed = bytes.drop { edges.contains($0) }.reversed().drop { edges.contains($0) }.reversed()
    return trimmed.isEmpty ? fallback : String(decoding: Array(trimmed), as: UTF8.self)
  }
}
