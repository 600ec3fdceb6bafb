import ArgumentParser
import Foundation
import Imaging
import Preprocessing
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compare segmentations with references, file by file of the same name.",
    discussion: "What each figure means, and what it is where a mask is empty: docs/metrics.md.")

  @Argument(help: "A folder of NIfTI segmentations, or one file.") var predictions: String
  @Argument(help: "A folder of NIfTI references of the same names, or one file.") var references: String
  @Option(name: .long, help: "Up to how many mm surfaces count as agreeing (NSD).") var tolerance = 1.0
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Labels, separated by commas; 1+2 is the region of both (default: the labels that a case has).", valueName: "list"
    )
  )
  var labels: EvaluatedTargets?
  @Option(name: .long, help: "Label of the references that marks what nobody annotated.") var ignore: UInt16?
  @Option(name: .long, help: ArgumentHelp("Also write nnU-Net's summary.json here.", valueName: "file"))
  var summary: String?
  @Flag(name: .long, help: "One JSON line a case and label.") var json = false

  mutating func run() throws {
    guard tolerance >= 0, tolerance.isFinite else { throw ValidationError("--tolerance: mm, not below 0") }
    try orExit(.scanFailed) {
      let pairs = try casePairs()
      if !json { Printing.answer(EvaluatedTarget.header(tolerance)) }
      for pair in pairs { try evaluate(pair) }
      if let summary { try writeSummary(pairs, to: URL(filePath: summary)) }
    }
  }

  private typealias Pair = (name: String, prediction: URL, reference: URL)

  private func casePairs() throws -> [Pair] {
    let (first, second) = (URL(filePath: predictions), URL(filePath: references))
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: first.path, isDirectory: &isFolder), isFolder.boolValue else {
      return [(first.lastPathComponent, first, second)]
    }
    let names = try manager.contentsOfDirectory(atPath: first.path).sorted()
      .filter { $0.hasSuffix(".nii.gz") || $0.hasSuffix(".nii") }
    guard !names.isEmpty else { throw NothingToEvaluate(folder: first) }
    return names.map { ($0, first.appending(path: $0), second.appending(path: $0)) }
  }

  private func evaluate(_ pair: Pair) throws {
    let (prediction, reference) = (try NIfTI.readLabels(pair.prediction), try NIfTI.readLabels(pair.reference))
    let targets = labels?.targets ?? Self.labels(in: prediction, reference, except: ignore).map { [$0] }
    let scores = try OverlapScores(
      prediction: prediction, reference: reference, regions: targets, tolerance: tolerance, ignoring: ignore)
    for (target, score) in zip(targets, scores.scores) {
      let lesions = try LesionCounts(
        prediction: prediction, reference: reference, labels: target, ignoring: ignore)
      let row = EvaluatedTarget(
        name: pair.name, labels: target, score: score, lesions: lesions, tolerance: tolerance)
      if json { try Printing.json(row) } else { Printing.answer(row.line) }
    }
  }

  private static func labels(in a: LabelMap, _ b: LabelMap, except ignored: UInt16?) -> [UInt16] {
    Set(a.statistics().keys).union(b.statistics().keys).filter { $0 != ignored }.sorted()
  }

  /// Every case has a figure for everything asked for, else for every label that any case has, as nnU-Net's evaluation has it.
  private func writeSummary(_ pairs: [Pair], to file: URL) throws {
    let targets =
      try labels?.targets
      ?? pairs.reduce(into: Set<UInt16>()) { found, pair in
        found.formUnion(
          Self.labels(in: try NIfTI.readLabels(pair.prediction), try NIfTI.readLabels(pair.reference), except: ignore))
      }.sorted().map { [$0] }
    let cases = try pairs.map { pair in
      ValidationSummary.Case(
        prediction: pair.prediction, reference: pair.reference,
        overlaps: try OverlapScores(
          prediction: NIfTI.readLabels(pair.prediction), reference: NIfTI.readLabels(pair.reference), regions: targets,
          ignoring: ignore, surfaces: false
        ).scores)
    }
    let summary = ValidationSummary(targets: targets.map { $0.map { Int($0) } }, cases: cases)
    try summary.json.data.write(to: file, options: .atomic)
  }
}

/// Labels, and regions that are the union of several: "1,2+3".
struct EvaluatedTargets: ExpressibleByArgument {
  /// The labels of each; none twice.
  let targets: [[UInt16]]

  init?(argument: String) {
    var targets: [[UInt16]] = []
    for text in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let numbers = text.split(separator: "+", omittingEmptySubsequences: false).map { UInt16($0) ?? 0 }
      guard numbers.allSatisfy({ $0 > 0 }) else { return nil }
      let target = Set(numbers).sorted()
      if !targets.contains(target) { targets.append(target) }
    }
    self.targets = targets
  }
}

/// One line of the answer.
private struct EvaluatedTarget: Encodable {
  let name: String
  let labels: [UInt16]
  let score: OverlapScore
  let lesions: LesionCounts
  let tolerance: Double

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { return nil }
  }

  /// `nsd_1mm`, or with another tolerance `nsd_0.5mm`.
  private static func nsdName(_ tolerance: Double) -> String { "nsd_\(String(format: "%g", tolerance))mm" }

  static func header(_ tolerance: Double) -> String {
    [
      "case", "label", "dice", "hd95_mm", nsdName(tolerance), "volume_ml", "reference_volume_ml", "iou",
      "lesions", "lesions_found", "lesions_missed", "lesions_spurious",
    ].joined(separator: "\t")
  }

  /// "2", or "1+2" for a region.
  private var label: String { labels.map { "\($0)" }.joined(separator: "+") }

  private var counts: [Int] { [lesions.reference, lesions.found, lesions.missed, lesions.spurious] }

  var line: String {
    let numbers = [score.dice, score.hd95, score.nsd, score.volume, score.referenceVolume, score.iou].map {
      $0.map { String(format: "%.4f", $0) } ?? "-"
    }
    return ([name, label] + numbers + counts.map { "\($0)" }).joined(separator: "\t")
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: Key("case"))
    if labels.count == 1 {
      try container.encode(labels[0], forKey: Key("label"))
    } else {
      try container.encode(label, forKey: Key("label"))
    }
    let numbers = [
      ("dice", score.dice), ("hd95_mm", score.hd95), (Self.nsdName(tolerance), score.nsd), ("iou", score.iou),
      ("volume_ml", score.volume), ("reference_volume_ml", score.referenceVolume),
      ("lesion_f1", lesions.f1), ("lesion_sensitivity", lesions.sensitivity), ("lesion_precision", lesions.precision),
    ]
    for (key, value) in numbers { try container.encodeIfPresent(value, forKey: Key(key)) }
    for (key, value) in zip(["lesions", "lesions_found", "lesions_missed", "lesions_spurious"], counts) {
      try container.encode(value, forKey: Key(key))
    }
  }
}

/// There are no predictions.
private struct NothingToEvaluate: Error, CustomStringConvertible {
  let folder: URL
  var description: String {
    "\(folder.path) holds no .nii.gz and no .nii: expected predictions, named like the references"
  }
}
