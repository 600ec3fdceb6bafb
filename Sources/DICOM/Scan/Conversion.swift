public import Foundation
internal import Imaging

/// DICOM files to volumes.
public enum Conversion {
  /// Everything that a set of files holds: for each series, in the order of their first files, its scans or the reason why there are none.
  /// Files that are no DICOM are in `failures`.
  public static func convert(
    _ files: [URL], incomplete: IncompletePolicy = .refuse, limits: DICOMLimits = DICOMLimits()
  ) async throws(CancellationError) -> (results: [ConversionResult], failures: [DICOMError]) {
    let reading = await FileReading.read(files, limits: limits)
    var results: [ConversionResult] = []
    for series in DICOMSeries.group(reading.headers) {
      results += try await convert(series, incomplete: incomplete, limits: limits)
    }
    return (results, reading.failures)
  }

  /// The scans of one series, or the reason why there are none; at least one result.
  public static func convert(
    _ series: DICOMSeries, incomplete: IncompletePolicy = .refuse, limits: DICOMLimits = DICOMLimits()
  ) async throws(CancellationError) -> [ConversionResult] {
    try await convert(Assembly(series), incomplete: incomplete, limits: limits)
  }

  /// The scans of an assembled series, one after another; at least one result.
  public static func convert(
    _ assembly: Assembly, incomplete: IncompletePolicy = .refuse, limits: DICOMLimits = DICOMLimits()
  ) async throws(CancellationError) -> [ConversionResult] {
    guard !assembly.stacks.isEmpty else { return [.refusal(assembly.nothingToConvert)] }
    var results: [ConversionResult] = []
    var digests: StackReader.Digests = [:]
    for index in assembly.stacks.indices {
      let made = try await ScanMaking(assembly: assembly, index: index, incomplete: incomplete, limits: limits)
        .make(known: digests)
      digests = made.digests
      results.append(made.result)
    }
    return results
  }

  /// One of the volumes of an assembled series.
  public static func convert(
    _ assembly: Assembly, stack index: Int, incomplete: IncompletePolicy = .refuse, limits: DICOMLimits = DICOMLimits()
  ) async throws(CancellationError) -> ConversionResult {
    try await ScanMaking(assembly: assembly, index: index, incomplete: incomplete, limits: limits).make(known: [:])
      .result
  }
}

extension Assembly {
  /// The refusal of a series without a single volume.
  var nothingToConvert: Refusal {
    let reasons = Set(setAside.map { "\($0.reason) [\($0.attribute)]" })
    let reason =
      reasons.count == 1
      ? setAside[0].reason + " [\(setAside[0].attribute)]"
      : "no file of the series is a slice of a CT, MR or PET volume"
    return Refusal(
      seriesInstanceUID: series.seriesInstanceUID, isIncomplete: false, findings: findings, files: setAside,
      reason: reason)
  }
}
