internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing
internal import Trust
internal import Writers

/// What a report says beside voxels, scores and stages. It is put on record with the run, so that the page can be made again
/// when a mask comes later.
struct ReportStory: Codable {
  struct Label: Codable {
    let value: Int
    let name: String
    let voxels: Int
    let millilitres: Double
  }

  struct Note: Codable {
    let isWarning: Bool
    let text: String
  }

  struct Skipped: Codable {
    let name: String
    let reason: String
  }

  let run: String
  let rule: String
  let ruleSHA256: String
  let studyDate: String
  let modality: String
  let seriesDescription: String
  let labels: [Label]
  let model: String
  let modelSHA256: String
  let configuration: String
  let folds: [String]
  let skipped: [Skipped]
  let notes: [Note]
  let inputSHA256: String

  /// The story of a scan and what was found in it; skipped files are named by `alias`.
  init(
    _ scan: Scan, _ match: MatchedScan, _ result: Segmentation, run: String, study: StudyScans? = nil,
    alias: (String) -> String
  ) {
    self.run = run
    rule = match.rule.name
    ruleSHA256 = match.rule.digest.description
    (studyDate, modality, seriesDescription) = (scan.studyDate, scan.modality, scan.seriesDescription)
    labels = result.perLabel.map {
      Label(value: $0.label, name: $0.name, voxels: $0.voxels, millilitres: $0.millilitres)
    }
    model = match.model.models[0].plans.datasetName
    modelSHA256 = match.model.digest.sha256.description
    (configuration, folds) = (match.model.configurations, match.model.folds)
    let scans = study?.channels.map { $0.scan } ?? [scan]
    skipped = scans.flatMap { $0.skipped }.map { Skipped(name: alias($0.file.path), reason: $0.reason) }
    notes =
      (study?.notes ?? []).map { Note(isWarning: false, text: $0) }
      + scans.flatMap { $0.findings }.map { Note(isWarning: $0.severity > .note, text: "\($0)") }
      + match.model.warnings.map { Note(isWarning: true, text: $0) }
    inputSHA256 = (study?.inputDigest ?? scan.inputDigest).description
  }

  /// The page's content; nil where a digest on record is none.
  func content(
    image: Volume, labels map: LabelMap, stages: [ReportContent.Stage], references: [ReferenceComparison],
    outputs: [ReportContent.OutputFile], host: String
  ) -> ReportContent? {
    guard let ruleDigest = SHA256Digest(hexadecimal: ruleSHA256),
      let modelDigest = SHA256Digest(hexadecimal: modelSHA256),
      let inputDigest = SHA256Digest(hexadecimal: inputSHA256)
    else { return nil }
    let drawn = references.first
    var content = ReportContent(
      rule: .init(name: rule, digest: ruleDigest),
      series: .init(studyDate: studyDate, modality: modality, description: seriesDescription), image: image,
      labels: map, names: names + (drawn.map { unions(of: $0) } ?? []),
      volumes: labels.map {
        .init(value: UInt16(clamping: $0.value), voxels: $0.voxels, millilitres: $0.millilitres)
      },
      reference: drawn.map { $0.forReport(numbers(of: $0)) }, stages: stages,
      model: .init(name: model, digest: modelDigest, configuration: configuration, folds: folds),
      software: Version.software, host: host, run: run, inputDigest: inputDigest)
    content.skipped = skipped.map { .init(name: $0.name, reason: $0.reason) }
    content.notes =
      notes.map { .init(severity: $0.isWarning ? .warning : .information, text: $0.text) }
      + references.compactMap { $0.note }.map { .init(severity: .information, text: $0) }
      + references.dropFirst().flatMap { $0.words }.map { .init(severity: .information, text: $0) }
    content.outputs = outputs
    return content
  }

  private var names: [ReportContent.Label] {
    labels.map { .init(value: UInt16(clamping: $0.value), name: $0.name) }
  }

  /// Under which number the page shows each score. Where the mask's number stands for several labels together, it is none of the model's
  /// and may be that of another label: such a union gets one that is free.
  private func numbers(of comparison: ReferenceComparison) -> [Int: UInt16] {
    var free = (labels.map { $0.value } + comparison.scores.map { $0.label }).max() ?? 0
    var numbers: [Int: UInt16] = [:]
    for score in comparison.scores {
      if comparison.members[score.label] != nil { free += 1 }
      numbers[score.label] = UInt16(clamping: comparison.members[score.label] == nil ? score.label : free)
    }
    return numbers
  }

  /// What the mask draws as several of the model's labels together.
  private func unions(of comparison: ReferenceComparison) -> [ReportContent.Label] {
    let numbers = numbers(of: comparison)
    return comparison.scores.compactMap { score in
      comparison.members[score.label].map { members in
        .init(
          value: numbers[score.label] ?? 0, name: score.labelName, members: members.map { UInt16(clamping: $0) })
      }
    }
  }
}

extension ReferenceComparison {
  /// The mask as the page draws it; `numbers`: under which number it shows each score's.
  fileprivate func forReport(_ numbers: [Int: UInt16]) -> ReportContent.Reference {
    ReportContent.Reference(
      labels: members.isEmpty
        ? labels : LabelMap(geometry: labels.geometry, voxels: labels.voxels.map { numbers[Int($0)] ?? $0 }),
      source: form.rawValue, digest: file.sha256,
      scores: scores.map { score in
        .init(
          value: numbers[score.label] ?? 0, dice: .init(score.dice, otherwise: "both are empty"),
          hd95: .init(score.hd95Millimetres, otherwise: "one of them is empty"),
          nsd: .init(score.nsd1Millimetre, otherwise: "both are empty"), millilitres: score.volumeMillilitres,
          referenceMillilitres: score.referenceVolumeMillilitres)
      })
  }

  /// The scores in words, for masks beside the one that is drawn.
  fileprivate var words: [String] {
    scores.map { score in
      let dice = score.dice.map { String(format: "%.3f", $0) } ?? "not defined, both are empty"
      return "\(name), \(score.labelName): Dice \(dice)"
    }
  }
}

extension StageRecord {
  /// The stage as the page shows it.
  var forReport: ReportContent.Stage {
    ReportContent.Stage(name: stage.rawValue, startedAt: startedAt, seconds: seconds, facts: facts.forReport)
  }
}

extension Facts {
  /// As the page shows them; what the page itself is made of, or shows elsewhere, is left out.
  var forReport: [ReportContent.Fact] {
    filter { ![ReportStory.factName, TrustReport.factName].contains($0.key) }.sorted { $0.key < $1.key }.map {
      .init(key: $0.key, text: $0.value.text)
    }
  }
}

extension ReportStory {
  /// Under what the story stands among the facts of the stage `written`.
  static let factName = "report"
}
