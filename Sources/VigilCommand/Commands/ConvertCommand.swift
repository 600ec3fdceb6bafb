import ArgumentParser
import DICOM
import Foundation
import Imaging

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Convert a DICOM series to NIfTI, nothing else.")

  @Argument(help: "A folder (searched with all below it) or a file of the series.")
  var series: String
  @Argument(help: "The NIfTI file to write, .nii or .nii.gz.")
  var output: String
  @Option(
    name: .customLong("series"),
    help: ArgumentHelp("The series' SeriesInstanceUID, where there are several.", valueName: "uid"))
  var seriesUID: String?
  @Flag(name: .long, help: "What was converted and refused, as one JSON line a volume.")
  var json = false

  mutating func run() throws {
    let found = DICOMSearch.series(in: [URL(filePath: series).absoluteURL])
    let keys = found.keys.sorted()
    guard let key = seriesUID ?? (keys.count == 1 ? keys[0] : nil), let files = found[key] else {
      Printing.aside(
        keys.isEmpty
          ? "vigil: no DICOM series in \(series)"
          : "vigil: name one series with --series: \(keys.joined(separator: ", "))")
      throw ExitCode.scanFailed
    }
    var written = 0
    for part in SeriesConversion.convert(files: files) {
      switch part {
      case .failure(let refusal):
        Printing.aside("vigil: \(refusal.message)")
        for file in refusal.files { Printing.aside("  \(file.path): \(file.reason)") }
        throw ExitCode.scanFailed
      case .success(let scan):
        try orExit(.scanFailed) { try NIfTI.write(scan.volume, to: place(written)) }
        written += 1
        try tell(scan)
      }
    }
  }

  /// The first volume has the name that was asked for, the others a number behind it.
  private func place(_ index: Int) -> URL {
    guard index > 0 else { return URL(filePath: output) }
    let ending = output.hasSuffix(".nii.gz") ? ".nii.gz" : ".nii"
    return URL(filePath: output.dropLast(ending.count) + "-\(index + 1)" + ending)
  }

  private func tell(_ scan: Scan) throws {
    for note in scan.incompleteness + scan.notes { Printing.aside("note: \(note)") }
    guard json else { return }
    try Printing.json(
      ConvertedVolume(
        series: scan.seriesKey, shape: scan.volume.geometry.shape, spacing: scan.volume.geometry.spacing,
        axisCodes: scan.volume.geometry.axisCodes.description, instances: scan.instances.count,
        incompleteness: scan.incompleteness, notes: scan.notes))
  }
}

private struct ConvertedVolume: Encodable {
  let series: String
  let shape: [Int]
  let spacing: [Double]
  let axisCodes: String
  let instances: Int
  let incompleteness: [String]
  let notes: [String]
}
