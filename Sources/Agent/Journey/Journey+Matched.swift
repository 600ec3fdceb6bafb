internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing

/// A scan with the rule that took it and the model that runs on it. Only `Journey` makes one.
struct MatchedScan {
  let rule: Rule
  let model: TrainedModel
  let key: RunKey

  /// Axis codes that the model's training images have; nil: as stored.
  var orientation: AxisCodes? { (rule.orientation ?? model.orientation).flatMap { AxisCodes($0) } }

  /// The rule's file and the model's, as the audit lists them.
  var files: [FileEntry] {
    ([(FileEntry.Role.rule, rule.file)] + model.digest.files.map { (.model, model.folder.appending(path: $0.path)) })
      .compactMap { role, file in
        guard let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int64 else {
          return nil
        }
        let digest = role == .rule ? rule.digest : model.digest.files.first { file.path.hasSuffix($0.path) }?.sha256
        return digest.map { FileEntry(role: role, path: file.path, bytes: size, sha256: $0) }
      }
  }
}

extension Journey {
  /// Which rule takes the scan, and its model.
  func matched() throws(JourneyError) -> (MatchedScan, Facts) {
    let rule = try ruleThatTakesIt()
    try checkCompleteness(rule)
    let model: TrainedModel
    do throws(ModelError) {
      model = try context.shelf.model(of: rule)
    } catch {
      throw JourneyError(
        .matched, .failed, "the model of rule \(rule.name) cannot be used: \(error)", rule: rule.name)
    }
    let key = RunKey(
      seriesUID: scan.seriesKey, rule: rule.name, modelSHA256: model.digest.sha256, inputSHA256: scan.inputDigest)
    let facts: Facts = [
      "rule": .text(rule.name), "model_sha256": .text(model.digest.sha256.description),
      "configuration": .text(model.configuration.name),
      "folds": .texts(model.folds.map { $0.name }), "warnings": .texts(model.warnings),
    ]
    return (MatchedScan(rule: rule, model: model, key: key), facts)
  }

  private func ruleThatTakesIt() throws(JourneyError) -> Rule {
    switch context.rules.verdict(on: scan.subject(inbox: context.inbox)) {
    case .rule(let rule):
      return rule
    case .unmatched(let objections):
      throw unmatched(objections.map { $0.description })
    case .ambiguous(let rules):
      let names = rules.map { $0.name }.joined(separator: ", ")
      throw JourneyError(
        .matched, .refused,
        "rules \(names) take the scan with the same priority \(rules[0].priority); give one of them a higher `priority`"
      )
    }
  }

  /// No rule takes the scan. Where a rule cannot be read nobody knows whether it would have: that is a failure.
  private func unmatched(_ objections: [String]) -> JourneyError {
    let broken = context.rules.missing.map { "a rule that cannot be read: \($0)" }
    let reasons = (objections + broken).joined(separator: "\n")
    return JourneyError(
      .matched, broken.isEmpty ? .unmatched : .failed,
      reasons.isEmpty ? "there are no rules in \(context.rules.folder.path)" : reasons)
  }

  /// A series with gaps goes on only if the rule says `process`.
  private func checkCompleteness(_ rule: Rule) throws(JourneyError) {
    let gaps = scan.incompleteness
    guard !gaps.isEmpty, rule.incomplete != .process else { return }
    let ending: JourneyError.Ending = rule.incomplete == .hold ? .held : .refused
    throw JourneyError(
      .matched, ending, "the series is incomplete: \(gaps.joined(separator: "; "))", rule: rule.name)
  }
}
