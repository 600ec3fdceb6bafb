public import Foundation
public import Imaging

/// One volume of a series that was written as NIfTI.
public struct WrittenVolume: Sendable {
  /// The file.
  public let file: URL
  /// The volume's grid.
  public let geometry: Geometry
  /// SeriesInstanceUID (0020,000E); empty when the files have none.
  public let seriesInstanceUID: String
  /// How many files went into the volume.
  public let instances: Int
  /// What was found; nothing fatal.
  public let findings: [SeriesFinding]
  /// The attributes that set this volume apart from the series' others, by keyword; empty when it is the only one.
  public let separatedBy: [String: String]
}

extension Conversion {
  /// Writes the volumes of one series as NIfTI, one after another, the `n`th at `place(n)`, without holding any: each plane goes from its file
  /// to its place as soon as it is decoded. No file is digested, and the result is not synced to the disk.
  ///
  /// A file holds what ``NIfTI/write(_:to:isSynced:)-(Volume,_,_)`` writes of the scan's volume. `told` is called with each volume when it is
  /// whole. The first refusal ends it. Throws a ``Refusal``, a `NIfTIError`, or a `CancellationError`.
  public static func write(
    _ series: DICOMSeries, incomplete: IncompletePolicy = .refuse, limits: DICOMLimits = DICOMLimits(),
    to place: (Int) -> URL, told: (WrittenVolume) throws -> Void
  ) async throws {
    let assembly = Assembly(series)
    guard !assembly.stacks.isEmpty else { throw assembly.nothingToConvert }
    for index in assembly.stacks.indices {
      let making = ScanMaking(assembly: assembly, index: index, incomplete: incomplete, limits: limits)
      try told(try await making.write(to: place(index)))
    }
  }
}
