/// What speaks for and against all files of a series being there.
public struct Evidence: Sendable, Hashable {
  /// Files of the series.
  public let files: Int
  /// Numbers that InstanceNumber (0020,0013) leaves out between its smallest and its largest.
  public let missingInstanceNumbers: Int
  /// Counts that the files announce, by keyword, as ``DICOMHeader/expectedCounts`` names them.
  public let announced: [String: Int]
  /// Slices missing by position, all volumes of the series together.
  public let missingPositions: Int
  /// A file that ends before its pixel data do: it may still be being written.
  public let truncatedFiles: Int

  /// Planes that the announced number of temporal positions lacks: each is to have as many as the fullest has.
  public let missingTemporalPlanes: Int

  /// Whether nothing speaks against completeness. `ImagesInAcquisition` counts across volumes and makers disagree about it, so
  /// that it is told but decides nothing; NumberOfSlices is PET's (PS3.3 C.8.9.1) and does.
  public var agrees: Bool {
    missingPositions == 0 && missingInstanceNumbers == 0 && truncatedFiles == 0 && missingTemporalPlanes == 0
      && shortOf.isEmpty
  }

  /// Counts of which the number of files says nothing: `ImagesInAcquisition`, and what counts volumes instead of files.
  static let undecided: Set<String> = ["ImagesInAcquisition", "NumberOfTemporalPositions"]

  /// The announced counts that are not reached, with the number found.
  public var shortOf: [String] {
    announced.keys.sorted().filter { !Self.undecided.contains($0) && (announced[$0] ?? 0) > files }
  }

  init(_ headers: [DICOMHeader], missingPositions: Int) {
    files = headers.count
    let numbers = Set(headers.compactMap { $0.instanceNumber })
    if let first = numbers.min(), let last = numbers.max(), numbers.count == headers.count {
      let (span, overflow) = last.subtractingReportingOverflow(first)
      missingInstanceNumbers = overflow ? 0 : max(0, span - (numbers.count - 1))
    } else {
      missingInstanceNumbers = 0
    }
    var announced: [String: Int] = [:]
    for header in headers { announced.merge(header.expectedCounts) { max($0, $1) } }
    self.announced = announced
    self.missingPositions = missingPositions
    truncatedFiles = headers.filter { $0.pixels?.isTruncated == true }.count
    missingTemporalPlanes = Self.missingTemporalPlanes(headers, announced: announced["NumberOfTemporalPositions"] ?? 0)
  }

  /// 0 where nothing is announced or no plane says to which position it belongs.
  private static func missingTemporalPlanes(_ headers: [DICOMHeader], announced: Int) -> Int {
    var planes: [String: Int] = [:]
    for frame in headers.lazy.flatMap({ $0.frames }) {
      if let position = frame.distinctions[.temporalPosition] { planes[position, default: 0] += 1 }
    }
    guard announced > 1, let most = planes.values.max() else { return 0 }
    let (expected, overflow) = announced.multipliedReportingOverflow(by: most)
    return overflow ? 0 : max(0, expected - planes.values.reduce(0, +))
  }

  /// One line: "24 files; InstanceNumber has no holes; positions have no gaps".
  public var summary: String {
    var parts = ["\(files) file\(files == 1 ? "" : "s")"]
    parts.append(
      missingInstanceNumbers == 0 ? "InstanceNumber has no holes" : "\(missingInstanceNumbers) InstanceNumbers missing")
    parts.append(missingPositions == 0 ? "positions have no gaps" : "\(missingPositions) positions missing")
    if missingTemporalPlanes > 0 { parts.append("\(missingTemporalPlanes) planes of temporal positions missing") }
    if truncatedFiles > 0 { parts.append("\(truncatedFiles) files cut short") }
    for (keyword, count) in announced.sorted(by: { $0.key < $1.key }) { parts.append("\(keyword) \(count)") }
    return parts.joined(separator: "; ")
  }
}
