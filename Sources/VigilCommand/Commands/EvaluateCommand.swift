import ArgumentParser
import Foundation
import Imaging

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compare segmentations with references, file by file of the same name.")

  @Argument(help: "A folder of NIfTI segmentations, or one file.") var predictions: String
  @Argument(help: "A folder of NIfTI references of the same names, or one file.") var references: String
  @Flag(name: .long, help: "One JSON line a case and label.") var json = false

  mutating func run() throws {
    let pairs = try orExit(.scanFailed) { try casePairs() }
    if !json { Printing.answer("case\tlabel\tdice\thd95_mm\tnsd_1mm\tvolume_ml\treference_volume_ml") }
    for pair in pairs { try orExit(.scanFailed) { try evaluate(pair) } }
  }

  private func casePairs() throws -> [(name: String, prediction: URL, reference: URL)] {
    let (first, second) = (URL(filePath: predictions), URL(filePath: references))
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: first.path, isDirectory: &isFolder), isFolder.boolValue else {
      return [(first.lastPathComponent, first, second)]
    }
    let names = try manager.contentsOfDirectory(atPath: first.path).sorted()
      .filter { $0.hasSuffix(".nii.gz") || $0.hasSuffix(".nii") }
    return names.map { ($0, first.appending(path: $0), second.appending(path: $0)) }
  }

  private func evaluate(_ pair: (name: String, prediction: URL, reference: URL)) throws {
    let prediction = try NIfTI.readLabels(pair.prediction)
    let reference = try NIfTI.readLabels(pair.reference)
    let labels = Set(prediction.statistics().keys).union(reference.statistics().keys).sorted()
    let scores = try OverlapScores(prediction: prediction, reference: reference, labels: labels)
    for (label, score) in zip(labels, scores.scores) {
      let row = EvaluatedLabel(
        name: pair.name, label: Int(label), dice: score.dice, hd95: score.hd95, nsd: score.nsd, volume: score.volume,
        referenceVolume: score.referenceVolume)
      if json { try Printing.json(row) } else { Printing.answer(row.line) }
    }
  }
}

private struct EvaluatedLabel: Encodable {
  let name: String
  let label: Int
  let dice: Double?
  let hd95: Double?
  let nsd: Double?
  let volume: Double
  let referenceVolume: Double

  enum CodingKeys: String, CodingKey {
    case name = "case"
    case label, dice
    case hd95 = "hd95_mm"
    case nsd = "nsd_1mm"
    case volume = "volume_ml"
    case referenceVolume = "reference_volume_ml"
  }

  var line: String {
    let numbers = [dice, hd95, nsd, volume, referenceVolume].map { $0.map { String(format: "%.4f", $0) } ?? "-" }
    return "\(name)\t\(label)\t\(numbers.joined(separator: "\t"))"
  }
}
