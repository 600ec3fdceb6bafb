import ArgumentParser
import DICOM
import Foundation
import Imaging

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Write a NIfTI image, or a block of it, as a DICOM MR series, to try things with.")

  @Argument(help: "The image.") var image: String
  @Argument(help: "The folder to write the series into; it is made.") var folder: String
  @Option(name: .long, help: "A label image on the same grid; its label goes along as mask.nii.gz.") var mask: String?
  @Option(name: .long, help: "Cut the block around this label of the mask.") var label: Int?
  @Option(name: .long, help: "Millimetres left around the label.") var margin = 5.0
  @Option(name: .long, help: "SeriesDescription.") var description: String?

  mutating func validate() throws {
    guard label == nil || mask != nil else { throw ValidationError("--label needs --mask") }
    guard margin >= 0, margin.isFinite else { throw ValidationError("--margin: 0 or more") }
  }

  mutating func run() throws {
    try orExit(.scanFailed) {
      var volume = try NIfTI.read(URL(filePath: image))
      var labels = try mask.map { try NIfTI.readLabels(URL(filePath: $0)) }
      if let full = labels {
        guard full.geometry.isSameGrid(as: volume.geometry) else {
          throw SampleProblem(description: "\(mask ?? "") lies on another grid than \(image)")
        }
        if let label { (volume, labels) = try block(of: volume, full, UInt16(clamping: label)) }
      }
      let place = URL(filePath: folder, directoryHint: .isDirectory).absoluteURL
      var series = SampleSeries()
      series.seriesDescription = description ?? words
      let files = try series.write(volume, to: place).files
      if let labels { try NIfTI.write(labels, to: place.appending(path: "mask.nii.gz")) }
      let shape = volume.geometry.shape.map { String($0) }.joined(separator: " x ")
      Printing.answer(
        "\(files.count) slices of a block of \(shape) voxels\(labels == nil ? "" : ", and mask.nii.gz") in \(folder)")
    }
  }

  /// The block around the label, and the mask with that label alone.
  private func block(of volume: Volume, _ labels: LabelMap, _ label: UInt16) throws -> (Volume, LabelMap) {
    guard let found = labels.statistics()[label] else {
      throw SampleProblem(description: "\(mask ?? "") has no voxel of label \(label)")
    }
    let box = found.box.grown(by: margin, in: volume.geometry)
    var cut = labels.cropped(to: box)
    for index in cut.voxels.indices where cut.voxels[index] != label { cut.voxels[index] = 0 }
    return (volume.cropped(to: box), cut)
  }

  /// What the series says of itself: a crop around a label, or the image's name.
  private var words: String {
    let name = (image as NSString).lastPathComponent
    let stem = name.hasSuffix(".nii.gz") ? String(name.dropLast(7)) : (name as NSString).deletingPathExtension
    return label.map { "hcrop label \($0) of \(stem)" } ?? "sample of \(stem)"
  }
}

private struct SampleProblem: Error, CustomStringConvertible {
  let description: String
}
