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
  /// The run's id, which the report names already.
  let run: RunID
  /// Relative to the output tree.
  let folder: String
  let files: [FileEntry]
  let references: ReferenceMasks.Outcome
}

extension Journey {
  /// All outputs, complete in their place or not there at all; the report tells of the masks that are there by now.
  func written(_ result: Segmentation, _ match: MatchedScan) throws(JourneyError) -> (FinishedOutput, Facts) {
    let place = try context.place(of: scan, below: match.rule.name, key: match.key)
    let references = ReferenceMasks(folders: maskFolders, objects: context.objects.masks(of: scan)).compare(
      with: result.labels, rule: match.rule, dataset: match.model.dataset)
    let run = RunID(startingAt: log.startedAt)
    do {
      var folder = try context.output.newFolder(place)
      var facts = try write(result, match, to: &folder, of: run)
      if match.rule.outputs.contains(.report) {
        let story = ReportStory(scan, match, result, run: run.text, study: study, alias: context.alias(of:))
        facts[ReportStory.factName] = Fact(encoding: story)
        switch report(
          story, result, references, outputs: folder.writtenFiles, identifies: match.rule.identify)
        {
        case .success(let page): try folder.write(page, as: "report.html")
        case .failure(let failure): facts["not_written"] = .texts(["report: \(failure.reason)"])
        }
      }
      try begin(run, match, in: place)
      let files = try folder.seal().files.map {
        FileEntry(role: .output, path: "\(place)/\($0.name)", bytes: Int64($0.bytes), sha256: $0.sha256)
      }
      facts["folder"] = .text(place)
      facts["files"] = .texts(files.map { ($0.path as NSString).lastPathComponent })
      facts["bytes"] = .integer(Int(files.reduce(0) { $0 + $1.bytes }))
      facts["references"] = references.fact(context)
      return (FinishedOutput(run: run, folder: place, files: files, references: references), facts)
    } catch let error as OutputError {
      throw JourneyError(.written, .agent, "\(error); make the output tree writable and see that the disk is not full")
    } catch let error as DICOMError {
      throw JourneyError(.written, error.kind == .unwritable ? .agent : .failed, "dicom-seg: \(error.reason)")
    } catch let error as AuditError {
      throw JourneyError(.recorded, .agent, "\(error)")
    } catch {
      throw JourneyError(.written, .failed, "\(error)")
    }
  }

  /// The run begins in the database before its folder gets its name: should the agent die between the two, or before the seal,
  /// the next start finds the folder by the open run and takes it back.
  func begin(_ run: RunID, _ match: MatchedScan, in place: String) throws(AuditError) {
    _ = try context.audit.beginRun(
      run, seriesUID: context.aliases.seriesUID(of: scan),
      facts: RunFacts(
        studyUID: scan.studyInstanceUID, rule: match.rule.name, inputSHA256: match.key.inputSHA256,
        modelSHA256: match.key.modelSHA256, outputFolder: place, supersedes: try superseded()),
      startedAt: log.startedAt, software: Version.software)
  }

  /// Where masks lie beside the scan's files; for an unpacked scan also beside its archive.
  var maskFolders: [URL] { folders + (context.source.map { [$0.folder] } ?? []) }

  /// The formats; the facts are those of the DICOM SEG as it was read again.
  private func write(
    _ result: Segmentation, _ match: MatchedScan, to folder: inout OutputFolder, of run: RunID
  ) throws -> Facts {
    let subject = try Writers.SegmentedScan(
      image: scan.volume, labels: result.labels, names: result.names, modality: scan.modality,
      title: "\(match.rule.name): \(scan.seriesDescription)")
    context.index.keep(Thumbnail.png(for: subject), of: run)
    for format in [OutputFormat.nifti, .preview] {
      for file in try format.files(for: subject) { try folder.write(file.bytes, as: file.name) }
    }
    guard match.rule.outputs.contains(.dicomSEG) else { return [:] }
    var output = SegmentationOutput(result, match)
    output.date = log.startedAt.inMilliseconds
    let check = try folder.write(as: "segmentation.dcm") { try output.write(result.labels, of: scan, to: $0) }
    return ["dicom_seg": check.fact]
  }

  /// The run of this series, with fewer or other instances or by other rules, whose place this one takes. The volumes of a series
  /// that holds several take no place of one another.
  private func superseded() throws(AuditError) -> RunID? {
    let series = context.aliases.seriesUID(of: scan)
    guard let study else {
      return scan.separatedBy.isEmpty ? try context.audit.sealedRuns(ofSeries: series).last : nil
    }
    // While the first channel was missing, the study was on record under the first that was there.
    for channel in study.channels {
      let series = context.aliases.seriesUID(of: channel.scan)
      if let run = try context.audit.sealedRuns(ofSeries: series, rule: study.rule.name).last { return run }
    }
    return try context.audit.sealedRuns(ofSeries: series).last
  }

  /// Files, scores and stages, and the seal: after it nothing of the run changes but scores that are added.
  func recorded(_ output: FinishedOutput, _ match: MatchedScan) throws(JourneyError) -> (JourneyEnd, Facts) {
    let (startedAt, clock) = (Date(), ContinuousClock())
    let start = clock.now
    do throws(AuditError) {
      let (audit, run) = (context.audit, output.run)
      try audit.recordFiles(run, context.entries(inputFiles) + match.files + output.files)
      for comparison in output.references.comparisons {
        let file = comparison.file
        let path = context.alias(of: file.path)
        try audit.recordFiles(
          run, [FileEntry(role: .reference, path: path, bytes: file.bytes, sha256: file.sha256)])
        try audit.recordScores(run, comparison.scores)
      }
      let last = StageRecord(
        stage: .recorded, startedAt: startedAt, seconds: (clock.now - start).inSeconds, facts: [:])
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
}

extension AuditDatabase {
  /// Adds one stage to an open run.
  func record(_ stage: StageRecord, of run: RunID) throws(AuditError) {
    try recordStage(
      run, stage: stage.stage.rawValue, startedAt: stage.startedAt, seconds: stage.seconds, facts: stage.facts)
  }
}

extension Segmentation {
  /// The labels that the model knows.
  var names: [SegmentLabel] { perLabel.map { SegmentLabel(value: UInt16(clamping: $0.label), name: $0.name) } }
}

extension SegmentationOutput {
  /// One segment for each label that the model knows, with the codes that the rule gives it.
  fileprivate init(_ result: Segmentation, _ match: MatchedScan) {
    self.init(
      segments: result.perLabel.map { label in
        let code = match.rule.anatomy[label.name]
        return SegmentDescription(
          label: UInt16(clamping: label.label), name: String(label.name.prefix(64)),
          category: code?.category ?? .anatomicalStructure, type: code?.type ?? .tissue)
      })
    seriesDescription = String("\(match.rule.name) segmentation".prefix(64))
    algorithmName = String(match.model.models[0].plans.datasetName.prefix(64))
    softwareVersion = Version.number
  }
}

extension SegmentationCheck {
  /// What was found when the file was read again.
  fileprivate var fact: Fact {
    .object([
      "sop_instance_uid": .text(sopInstanceUID),
      "labels": .list(
        labels.map { label in
          .object([
            "label": .integer(Int(label.label)), "segment": .integer(label.segmentNumber),
            "voxels": .integer(label.voxels),
            "centroid": .numbers([label.centroid.x, label.centroid.y, label.centroid.z]),
            "centroid_distance_mm": .number(label.centroidDistance),
          ])
        }),
    ])
  }
}
