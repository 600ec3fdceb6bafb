internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing

/// A scan with the rule that took it and the models that run on it. Only `Journey` makes one.
struct MatchedScan {
  let rule: Rule
  let model: ModelEnsemble
  let segmenter: Segmenter
  let key: RunKey

  /// The rule's file and the models', as the audit lists them.
  var files: [FileEntry] {
    let models = model.digest.files.map { file in
      Self.entry(.model, model.folder.appending(path: file.path).standardizedFileURL, file.sha256)
    }
    return ([Self.entry(.rule, rule.file, rule.digest)] + models).compactMap { $0 }
  }

  private static func entry(_ role: FileEntry.Role, _ file: URL, _ digest: SHA256Digest) -> FileEntry? {
    guard let size = try? FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)[.size]
    else { return nil }
    return (size as? Int64).map { FileEntry(role: role, path: file.path, bytes: $0, sha256: digest) }
  }
}

extension Journey {
  /// Which rule takes the scan, and its model.
  func matched() throws(JourneyError) -> (MatchedScan, Facts) {
    let rule = if let study { study.rule } else { try ruleThatTakesIt() }
    try checkCompleteness(rule)
    let (model, segmenter) = try loaded(rule)
    let key = RunKey(
      seriesUID: context.aliases.seriesUID(of: scan), rule: rule.name, modelSHA256: model.digest.sha256,
      inputSHA256: inputDigest)
    var facts: Facts = [
      "rule": .text(rule.name), "model_sha256": .text(model.digest.sha256.description),
      "configuration": .text(model.configurations), "folds": .texts(model.folds), "warnings": .texts(model.warnings),
      "completeness": completeness(rule),
    ]
    if let study { facts["channels"] = study.fact(context.aliases) }
    return (MatchedScan(rule: rule, model: model, segmenter: segmenter, key: key), facts)
  }

  private func loaded(_ rule: Rule) throws(JourneyError) -> (ModelEnsemble, Segmenter) {
    do {
      let model = try context.shelf.model(of: rule)
      try rule.checkAnatomy(against: model.dataset)
      try rule.checkChannels(against: model.dataset)
      var options = Segmenter.Options(
        mirroring: rule.mirroring, stepSize: rule.stepSize, threads: context.threads,
        orientation: rule.orientation.flatMap { AxisCodes($0) })
      options.tallies = true
      return (model, try Segmenter(model, options: options))
    } catch {
      throw JourneyError(
        .matched, .failed, "the model of rule \(rule.name) cannot be used: \(error)", rule: rule.name)
    }
  }

  private func ruleThatTakesIt() throws(JourneyError) -> Rule {
    switch context.rules.verdict(on: scan.subject(inbox: context.inbox)) {
    case .rule(let rule):
      return rule
    case .channel(let rule, let channel):
      guard scan.studyInstanceUID.isEmpty else {
        throw JourneyError(.matched, .gathered, "channel \(rule.channels[channel].name) of a study", rule: rule.name)
      }
      throw JourneyError(
        .matched, .refused,
        "it would be channel \(rule.channels[channel].name) of rule \(rule.name), but carries no StudyInstanceUID "
          + "(0020,000D): which study it belongs to is unknown", rule: rule.name)
    case .ambiguousChannels(let rule, let channels):
      let names = channels.map { $0.name }.joined(separator: ", ")
      throw JourneyError(
        .matched, .refused,
        "rule \(rule.name) takes the series for several channels, \(names): make their conditions exclude one another",
        rule: rule.name)
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

  /// What is missing, of a study channel by channel.
  private var gaps: [String] {
    guard let study else { return scan.incompleteness }
    return study.channels.flatMap { channel in channel.scan.incompleteness.map { "\(channel.name): \($0)" } }
  }

  /// What is known of the input being all there, and what the rule says where it is not.
  private func completeness(_ rule: Rule) -> Fact {
    .object([
      "missing": .texts(gaps), "incomplete": .text(rule.incomplete.rawValue), "evidence": .text(scan.evidence.summary),
    ])
  }

  /// A series with gaps goes on only if the rule says `process`.
  private func checkCompleteness(_ rule: Rule) throws(JourneyError) {
    let gaps = gaps
    guard !gaps.isEmpty, rule.incomplete != .process else { return }
    let ending: JourneyError.Ending = rule.incomplete == .hold ? .held : .refused
    throw JourneyError(
      .matched, ending, "the series is incomplete: \(gaps.joined(separator: "; "))", rule: rule.name)
  }
}

extension ModelEnsemble {
  /// The configurations in the order in which they run: `3d_lowres + 3d_cascade_fullres`.
  var configurations: String { models.map { $0.configuration.name }.joined(separator: " + ") }

  /// The folds that are averaged; where several models differ in them, each with its configuration.
  var folds: [String] {
    let lists = models.map { model in model.folds.map { $0.name } }
    if Set(lists).count == 1 { return lists[0] }
    return zip(models, lists).map { "\($0.configuration.name): \($1.joined(separator: " "))" }
  }
}
