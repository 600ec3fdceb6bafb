import Foundation
public import Digests

/// The name of one result's folder: `<study date>_<modality>_<series description>_<8 hex>[-<8 hex>]`.
///
/// Made of letters, digits, `-`, `_` and `.` only, whatever the DICOM says; never empty, never starting with a dot, at most
/// 104 bytes. The first hexadecimal digits are of the SHA-256 of the SeriesInstanceUID, so that two series that are described
/// alike differ; the second, where given, are of the input's digest.
public struct OutputName: Sendable, Hashable, CustomStringConvertible {
  /// The name.
  public let description: String

  /// A name from DICOM attributes, each as it stands in the file and each possibly empty or hostile.
  ///
  /// - Parameters:
  ///   - studyDate: StudyDate (DA, `YYYYMMDD`).
  ///   - modality: Modality (CS).
  ///   - seriesDescription: SeriesDescription (LO), already decoded to Unicode.
  ///   - seriesInstanceUID: SeriesInstanceUID (UI).
  ///   - input: digest of the instances, for results whose input may change.
  public init(
    studyDate: String, modality: String, seriesDescription: String, seriesInstanceUID: String,
    input: SHA256Digest? = nil
  ) {
    var parts = [
      Self.safe(studyDate, limit: 10), Self.safe(modality, limit: 16), Self.safe(seriesDescription, limit: 56),
      String(SHA256Digest(of: seriesInstanceUID).description.prefix(8)),
    ]
    if let input { parts[3] += "-" + input.description.prefix(8) }
    description = parts.joined(separator: "_")
  }

  /// What stands for a part that has nothing to show.
  public static let unknown = "unknown"

  /// `text` as part of a name: accents dropped, every run of other characters one `-`, no `-`, `_` or `.` at either end, at
  /// most `limit` characters; ``unknown`` if nothing is left.
  public static func safe(_ text: String, limit: Int) -> String {
    var result = ""
    for scalar in text.prefix(16 * limit).decomposedStringWithCanonicalMapping.unicodeScalars {
      if scalar.properties.generalCategory == .nonspacingMark { continue }
      let character = isAllowed(scalar) ? Character(scalar) : "-"
      if "-.".contains(character), let last = result.last, "-._".contains(last) { continue }
      result.append(character)
    }
    let trimmed = result.drop { "-_.".contains($0) }.prefix(limit)
    let end = trimmed.lastIndex { !"-_.".contains($0) }
    return end.map { String(trimmed[...$0]) } ?? unknown
  }

  /// Whether `name` may be a file or folder of the output tree: only the characters above, not hidden, at most 200 bytes.
  public static func isSafe(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix(".") && name.unicodeScalars.allSatisfy { isAllowed($0) }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
    default: false
    }
  }
}
