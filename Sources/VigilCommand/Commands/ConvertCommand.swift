import Agent
import ArgumentParser
import DICOM
import Foundation
import Imaging

struct ConvertCommand: AsyncParsableCommand {
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
  @Flag(name: .long, help: "Fill in missing slices between their neighbours instead of refusing.")
  var process = false
  @Flag(name: .long, help: "What was converted and refused, as one JSON line a volume.")
  var json = false

  mutating func run() async throws {
    let found = SeriesSearch.series(in: [URL(filePath: series).absoluteURL])
    let keys = found.keys.sorted()
    guard let key = seriesUID ?? (keys.count == 1 ? keys[0] : nil), let files = found[key] else {
      Printing.aside(
        keys.isEmpty
          ? "vigil: no DICOM series in \(series)"
          : "vigil: name one series with --series: \(keys.joined(separator: ", "))")
      throw ExitCode.scanFailed
    }
    var written = 0
    let made = try await Conversion.convert(
      files.map { URL(filePath: $0) }, incomplete: process ? .process : .refuse)
    for part in made.results {
      switch part {
      case .refusal(let refusal):
        Printing.aside("vigil: \(refusal)")
        throw ExitCode.scanFailed
      case .scan(let scan):
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
    for finding in scan.findings { Printing.aside("note: \(finding)") }
    guard json else { return }
    try Printing.json(
      ConvertedVolume(
        series: scan.seriesInstanceUID, shape: scan.volume.geometry.shape, spacing: scan.volume.geometry.spacing,
        axisCodes: scan.volume.geometry.axisCodes.description, instances: scan.instances.count,
        findings: scan.findings.map { "\($0)" }, separatedBy: scan.separatedBy))
  }
}

private struct ConvertedVolume: Encodable {
  let series: String
  let shape: [Int]
  let spacing: [Double]
  let axisCodes: String
  let instances: Int
  let findings: [String]
  let separatedBy: [String: String]
}
