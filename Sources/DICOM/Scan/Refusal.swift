/// Why a series, or one volume of it, became no scan.
public struct Refusal: Error, Sendable, CustomStringConvertible {
  /// SeriesInstanceUID; empty when the files have none.
  public let seriesInstanceUID: String
  /// Whether the rule's `incomplete: process` would have let it pass: nothing speaks against it but missing or irregular slices.
  public let isIncomplete: Bool
  /// What was found about the volume.
  public let findings: [SeriesFinding]
  /// Reasons, file by file.
  public let files: [SetAside]
  /// What is told first, one sentence.
  public let reason: String

  /// The sentence, then one line for each finding and file.
  public var description: String {
    ([reason] + findings.filter { $0.severity > .note }.map { "\($0) [\($0.attribute)]" } + files.map { "\($0)" })
      .joined(separator: "\n")
  }
}

/// What is done about a series with missing or irregular slices.
public enum IncompletePolicy: String, Sendable, Hashable, CaseIterable {
  /// Refuse it.
  case refuse
  /// Interpolate what is missing between neighbouring slices and say so.
  case process
}

/// What one volume of a series became.
public enum ConversionResult: Sendable {
  /// A volume.
  case scan(Scan)
  /// The reason why there is none.
  case refusal(Refusal)

  /// The scan, if there is one.
  public var scan: Scan? {
    guard case .scan(let scan) = self else { return nil }
    return scan
  }

  /// The refusal, if it is one.
  public var refusal: Refusal? {
    guard case .refusal(let refusal) = self else { return nil }
    return refusal
  }
}
