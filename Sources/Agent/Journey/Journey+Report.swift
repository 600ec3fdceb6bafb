internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing
internal import Writers

extension Journey {
  /// Writes `report.html` into the output folder of a sealed run, where the rule asks for it. It names the scores against
  /// the masks that were there when the run was sealed. A page that cannot be made is told in the record; the run stands.
  func writeReport(
    of run: RunID, _ output: FinishedOutput, _ result: Segmentation, _ match: MatchedScan,
    _ references: ReferenceMasks.Outcome
  ) throws(AuditError) {
    guard match.rule.outputs.contains(.report) else { return }
    do {
      let page = try Report.html(content(of: run, output, result, match, references))
      try AtomicFile.write(page, to: context.output.folder(output.folder).appending(path: "report.html"))
    } catch {
      try context.audit.recordEvent(kind: "report-error", detail: ["error": "\(error)"], run: run)
    }
  }

  private func content(
    of run: RunID, _ output: FinishedOutput, _ result: Segmentation, _ match: MatchedScan,
    _ references: ReferenceMasks.Outcome
  ) -> ReportContent {
    var content = ReportContent(
      rule: .init(name: match.rule.name, digest: match.rule.digest),
      series: .init(studyDate: scan.studyDate, modality: scan.modality, description: scan.seriesDescription),
      image: scan.volume, labels: result.labels, names: result.names.map { .init(value: $0.value, name: $0.name) },
      volumes: result.perLabel.map {
        .init(value: UInt16(clamping: $0.label), voxels: $0.voxels, millilitres: $0.millilitres)
      },
      stages: log.records.map { $0.forReport },
      model: .init(
        name: match.model.plans.datasetName, digest: match.model.digest.sha256,
        configuration: match.model.configuration.name, folds: match.model.folds.map { $0.name }),
      software: Version.software, host: ProcessInfo.processInfo.hostName, run: run.text,
      inputDigest: scan.inputDigest)
    content.skipped = scan.skipped.map { .init(name: context.aliases.alias(of: $0.file.path), reason: $0.reason) }
    content.notes =
      scan.findings.map { .init(severity: $0.severity > .note ? .warning : .information, text: "\($0)") }
      + match.model.warnings.map { .init(severity: .warning, text: $0) }
      + references.comparisons.flatMap { Self.words($0) }.map { .init(severity: .information, text: $0) }
      + references.errors.map { .init(severity: .warning, text: "a supplied mask was not compared: \($0.reason)") }
    content.outputs = output.files.map { .init(name: ($0.path as NSString).lastPathComponent, digest: $0.sha256) }
    return content
  }

  /// A mask's scores in words. (The page can also draw a mask whose numbers are the model's own; ours may stand for several.)
  private static func words(_ comparison: ReferenceComparison) -> [String] {
    let name = "supplied mask \(comparison.file.sha256.description.prefix(8))"
    return comparison.scores.map { score in
      let dice = score.dice.map { String(format: "%.3f", $0) } ?? "not defined, both are empty"
      return "\(name), \(score.labelName): Dice \(dice)"
    } + (comparison.note.map { [$0] } ?? [])
  }
}

extension StageRecord {
  /// The stage as the page shows it.
  var forReport: ReportContent.Stage {
    ReportContent.Stage(
      name: stage.rawValue, startedAt: startedAt, seconds: seconds,
      facts: facts.sorted { $0.key < $1.key }.map { .init(key: $0.key, text: $0.value.text) })
  }
}

extension Fact {
  /// For people.
  var text: String {
    switch self {
    case .text(let value): value
    case .integer(let value): "\(value)"
    case .number(let value): String(format: "%g", value)
    case .flag(let value): value ? "yes" : "no"
    case .list(let values): values.map { $0.text }.joined(separator: ", ")
    case .object(let values):
      values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }.joined(separator: "; ")
    case .null: "-"
    }
  }
}
