internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing
internal import Writers

/// An output folder in its place. Only `Journey` makes one.
struct FinishedOutput {
  /// Relative to the output tree.
  let folder: String
  let files: [FileEntry]
}

extension Journey {
  /// All outputs, complete in their place or not there at all.
  func written(_ result: Segmentation, _ match: MatchedScan) throws(JourneyError) -> (FinishedOutput, Facts) {
    let place = try context.place(of: scan, below: match.rule.name, key: match.key)
    do {
      let subject = try Writers.SegmentedScan(
        image: scan.volume, labels: result.labels, names: result.names, modality: scan.modality,
        title: "\(match.rule.name): \(scan.seriesDescription)")
      var folder = try context.output.newFolder(place)
      for format in [OutputFormat.nifti, .preview] {
        for file in try format.files(for: subject) { try folder.write(file.bytes, as: file.name) }
      }
      let files = try folder.seal().files.map {
        FileEntry(role: .output, path: "\(place)/\($0.name)", bytes: Int64($0.bytes), sha256: $0.sha256)
      }
      return (
        FinishedOutput(folder: place, files: files),
        [
          "folder": .text(place), "files": .texts(files.map { ($0.path as NSString).lastPathComponent }),
          "bytes": .integer(Int(files.reduce(0) { $0 + $1.bytes })),
          "not_written": .texts(match.rule.notWritten),
        ]
      )
    } catch let error as OutputError {
      throw JourneyError(.written, .agent, "\(error); make the output tree writable and see that the disk is not full")
    } catch {
      throw JourneyError(.written, .failed, "\(error)")
    }
  }

  /// Files, scores and stages, and the seal: after it nothing of the run changes but scores that are added.
  func recorded(
    _ output: FinishedOutput, _ result: Segmentation, _ match: MatchedScan
  ) throws(JourneyError) -> (JourneyEnd, Facts) {
    let (startedAt, clock) = (Date(), ContinuousClock())
    let start = clock.now
    let references = ReferenceMasks(folders: scan.folders).compare(
      with: result.labels, rule: match.rule, dataset: match.model.dataset)
    let facts: Facts = ["references": references.fact(context.aliases)]
    do throws(AuditError) {
      let audit = context.audit
      let run = try audit.beginRun(
        seriesUID: scan.seriesKey,
        facts: RunFacts(
          studyUID: scan.studyInstanceUID, rule: match.rule.name, inputSHA256: match.key.inputSHA256,
          modelSHA256: match.key.modelSHA256, outputFolder: output.folder),
        startedAt: log.startedAt, software: Version.software)
      try audit.recordFiles(run, scan.inputFiles.map { $0.entry(context.aliases) } + match.files + output.files)
      for comparison in references.comparisons {
        try audit.recordFiles(run, [comparison.file.entry(as: .reference, context.aliases)])
        try audit.recordScores(run, comparison.scores)
      }
      let last = StageRecord(
        stage: .recorded, startedAt: startedAt, seconds: (clock.now - start).inSeconds, facts: facts)
      for stage in log.records + [last] { try audit.record(stage, of: run) }
      _ = try audit.seal(run, .segmented)
      for error in references.errors { try audit.recordReferenceError(error, of: run, context.aliases) }
      try writeReport(of: run, output, result, match, references)
      return (.sealed(run, .segmented, message: output.folder), facts)
    } catch {
      throw JourneyError(.recorded, .agent, "\(error)")
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

extension ReferenceMasks.Outcome {
  /// Each mask with what was done to compare it, or why it could not be.
  func fact(_ aliases: PathAliases) -> Fact {
    .list(
      comparisons.map { comparison in
        .object([
          "path": .text(aliases.alias(of: comparison.file.path)), "sha256": .text(comparison.file.sha256.description),
          "note": comparison.note.map { .text($0) } ?? .null,
        ])
      } + errors.map { .object(["path": .text(aliases.alias(of: $0.file.path)), "error": .text($0.reason)]) })
  }
}

extension Segmentation {
  /// The labels that the model knows.
  var names: [SegmentLabel] { perLabel.map { SegmentLabel(value: UInt16(clamping: $0.label), name: $0.name) } }
}
