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
    let files = SeriesSearch.files(at: URL(filePath: series).absoluteURL).map { URL(filePath: $0) }
    let reading = await FileReading.read(files)
    let found = SeriesSearch.series(of: reading.headers)
    let keys = found.keys.sorted()
    guard let key = seriesUID ?? (keys.count == 1 ? keys[0] : nil), let chosen = found[key] else {
      Printing.aside(
        keys.isEmpty
          ? "vigil: no DICOM series in \(series)"
          : "vigil: name one series with --series: \(keys.joined(separator: ", "))")
      throw ExitCode.scanFailed
    }
    do {
      try await Conversion.write(chosen, incomplete: process ? .process : .refuse, to: place, told: tell)
    } catch let error where error is Refusal || error is NIfTIError {
      Printing.aside("vigil: \(error)")
      throw ExitCode.scanFailed
    }
  }

  /// The first volume has the name that was asked for, the others a number behind it.
  private func place(_ index: Int) -> URL {
    guard index > 0 else { return URL(filePath: output) }
    let ending = output.hasSuffix(".nii.gz") ? ".nii.gz" : ".nii"
    return URL(filePath: output.dropLast(ending.count) + "-\(index + 1)" + ending)
  }

  private func tell(_ written: WrittenVolume) throws {
    for finding in written.findings { Printing.aside("note: \(finding)") }
    guard json else { return }
    try Printing.json(
      ConvertedVolume(
        series: written.seriesInstanceUID, shape: written.geometry.shape, spacing: written.geometry.spacing,
        axisCodes: written.geometry.axisCodes.description, instances: written.instances,
        findings: written.findings.map { "\($0)" }, separatedBy: written.separatedBy))
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
