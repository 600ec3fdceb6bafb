internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing
internal import Writers

/// An output folder in its place. Only `Journey` makes one.
private struct FinishedOutput {
  let run: RunID
  /// Relative to the output tree.
  let folder: String
  let files: [FileEntry]
  let references: ReferenceMasks.Outcome
}

/// From a bundle to the sealed run, whoever made it.
extension Journey {
  /// Takes in what this process made.
  func takenIn(_ made: MadeBundle, _ match: MatchedScan, _ ledger: Ledger) throws(JourneyError) -> JourneyEnd {
    try takenIn(made.folder, match, ledger, made: made)
  }

  /// Takes in a bundle of this scan by this rule and model: its stages, its outputs in their place, and the sealed run. What was refused
  /// or failed where it was made ends the journey as it did there. `made`: what this process knows of it, where it is its own.
  func takenIn(
    _ folder: URL, _ match: MatchedScan, _ ledger: Ledger, made: MadeBundle? = nil, by executor: Facts = [:]
  ) throws(JourneyError) -> JourneyEnd {
    let bundle: RunBundle
    do throws(BundleError) {
      bundle = try RunBundle(readingFrom: folder, isOwn: made != nil)
      if let objection = bundle.objection(to: match) { throw BundleError(folder, objection) }
    } catch {
      throw JourneyError(error, isOwn: made != nil)
    }
    for stage in bundle.stages where !log.has(stage.stage) { log.append(stage) }
    let run = bundle.record.run
    guard run.outcome == .segmented else {
      let stage = run.errorStage.flatMap { Stage(rawValue: $0) } ?? .inferred
      throw JourneyError(stage, run.outcome == .refused ? .refused : .failed, run.error ?? "no reason was given")
    }
    return try log.stage(.recorded) { () throws(JourneyError) in
      try recorded(bundle, match, ledger, made, by: executor)
    }
  }

  /// The outputs in their place; files, scores and stages, and the seal: after it nothing of the run changes but scores that are added.
  private func recorded(
    _ bundle: RunBundle, _ match: MatchedScan, _ ledger: Ledger, _ made: MadeBundle?, by executor: Facts
  ) throws(JourneyError) -> (JourneyEnd, Facts) {
    let (startedAt, start) = (Date(), ContinuousClock.now)
    let output = try placed(bundle, match, ledger, made)
    log.add(["folder": .text(output.folder), "references": output.references.fact(context)], to: .written)
    if !executor.isEmpty {
      let run = bundle.record.run
      let maker: Facts = ["host": .text(run.host), "software": .text(run.software)]
      log.add(["executor": .object(executor.merging(maker) { own, _ in own })], to: .written)
    }
    do throws(AuditError) {
      let (audit, run) = (ledger.audit, output.run)
      try audit.recordFiles(run, context.entries(inputFiles) + match.files + output.files)
      try audit.recordFiles(run, output.references.entries(context))
      for comparison in output.references.comparisons { try audit.recordScores(run, comparison.scores) }
      let last = StageRecord(
        stage: .recorded, startedAt: startedAt, seconds: (ContinuousClock.now - start).inSeconds, facts: [:])
      for stage in log.records + [last] { try audit.record(stage, of: run) }
      _ = try audit.seal(run, .segmented)
      for error in output.references.errors {
        try audit.recordReferenceError(error, of: run, context.alias(of:))
      }
      return (.sealed(run, .segmented, message: output.folder), [:])
    } catch {
      throw JourneyError(.recorded, .agent, "\(error)")
    }
  }

  /// The outputs in their place, moved there where the bundle is this process's own, else copied, each digested as it lies there. Masks are
  /// compared here where they were not before, because here all are known.
  private func placed(
    _ bundle: RunBundle, _ match: MatchedScan, _ ledger: Ledger, _ made: MadeBundle?
  ) throws(JourneyError) -> FinishedOutput {
    let place = try ledger.place(of: scan, below: match.rule.name, key: match.key)
    let run = bundle.record.run.id
    do {
      let labels = try made?.labels ?? NIfTI.readLabels(bundle.folder.appending(path: "segmentation.nii.gz"))
      let references =
        made?.references ?? masks.compare(with: labels, rule: match.rule, dataset: match.model.dataset)
      ledger.index.keep(Thumbnail.png(for: try subject(labels, match)), of: run)
      var folder = try ledger.output.newFolder(place)
      for output in bundle.outputs {
        let file = try folder.take(bundle.folder.appending(path: output.name), moving: bundle.isOwn)
        guard file.sha256 == output.sha256 else {
          throw BundleError(bundle.folder, "\(output.name) changed while it was taken in")
        }
      }
      try begin(bundle.record.run, match, in: place, of: ledger)
      let files = try folder.seal().files.map {
        FileEntry(role: .output, path: "\(place)/\($0.name)", bytes: Int64($0.bytes), sha256: $0.sha256)
      }
      return FinishedOutput(run: run, folder: place, files: files, references: references)
    } catch let error as BundleError {
      throw JourneyError(error, isOwn: bundle.isOwn)
    } catch let error as OutputError {
      throw JourneyError(.recorded, .agent, "\(error); \(OutputTree.remedy)")
    } catch let error as AuditError {
      throw JourneyError(.recorded, .agent, "\(error)")
    } catch {
      throw JourneyError(.recorded, .failed, "\(error)")
    }
  }

  /// The run begins in the database before its folder gets its name: should the agent die between the two, or before the seal,
  /// the next start finds the folder by the open run and takes it back. It began when its maker says, by which a DICOM SEG is dated.
  private func begin(_ run: BundleRecord.Run, _ match: MatchedScan, in place: String, of ledger: Ledger)
    throws(AuditError)
  {
    _ = try ledger.audit.beginRun(
      run.id, seriesUID: context.aliases.seriesUID(of: scan),
      facts: RunFacts(
        studyUID: scan.studyInstanceUID, rule: match.rule.name, inputSHA256: match.key.inputSHA256,
        modelSHA256: match.key.modelSHA256, outputFolder: place, supersedes: try superseded(in: ledger.audit)),
      startedAt: run.start ?? log.startedAt, software: Version.software)
  }

  /// The run of this series, with fewer or other instances or by other rules, whose place this one takes. The volumes of a series
  /// that holds several take no place of one another.
  private func superseded(in audit: AuditDatabase) throws(AuditError) -> RunID? {
    let series = context.aliases.seriesUID(of: scan)
    guard let study else {
      return scan.separatedBy.isEmpty ? try audit.sealedRuns(ofSeries: series).last : nil
    }
    // While the first channel was missing, the study was on record under the first that was there.
    for channel in study.channels {
      let series = context.aliases.seriesUID(of: channel.scan)
      if let run = try audit.sealedRuns(ofSeries: series, rule: study.rule.name).last { return run }
    }
    return try audit.sealedRuns(ofSeries: series).last
  }
}

extension JourneyError {
  /// A bundle that is not what it should be. Another process's is made again; where one changed that this process had only just written, the
  /// disk or a stranger's hand is at fault, and no scan.
  fileprivate init(_ error: BundleError, isOwn: Bool) {
    if isOwn {
      self.init(
        .recorded, .agent,
        "\(error), though the agent had just written it: see that the disk is sound and that nothing else writes to the output tree"
      )
    } else {
      self.init(.recorded, .postponed, "\(error); it was thrown away and is made again")
    }
  }
}

extension AuditDatabase {
  /// Adds one stage to an open run.
  func record(_ stage: StageRecord, of run: RunID) throws(AuditError) {
    try recordStage(
      run, stage: stage.stage.rawValue, startedAt: stage.startedAt, seconds: stage.seconds, facts: stage.facts)
  }
}

extension RunBundle {
  /// The stages that a bundle brings with it.
  static let brought: [Stage] = [.preprocessed, .inferred, .postprocessed, .written]

  /// Those that it has.
  var stages: [StageRecord] { record.stages.compactMap { $0.record }.filter { Self.brought.contains($0.stage) } }

  /// Why this is not the work that was asked for; nil where it is. What was refused or failed names no model and no rule's digest.
  func objection(to match: MatchedScan) -> String? {
    let run = record.run
    guard run.inputSHA256 == match.key.inputSHA256?.description, run.seriesUID == match.key.seriesUID else {
      return "it was made of another input"
    }
    guard run.outcome == .segmented else { return nil }
    let rules = record.files.filter { $0.role == .rule }.map { $0.sha256 }
    guard run.rule == match.rule.name, rules == [match.rule.digest.description] else {
      return "it was made by another rule, or another state of it"
    }
    guard run.modelSHA256 == match.key.modelSHA256?.description else { return "it was made by another model" }
    let passed = stages.map { $0.stage }
    return passed == Self.brought ? nil : "it tells of the stages \(passed.map { $0.rawValue }), not of \(Self.brought)"
  }
}
