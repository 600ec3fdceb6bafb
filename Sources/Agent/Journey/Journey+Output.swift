internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing
internal import Writers

/// A bundle that this process made, with what need not be read from it again. Only `Journey` makes one.
struct MadeBundle {
  /// Where it lies.
  let folder: URL
  /// The run's id, which the report names already.
  let run: RunID
  /// The scan's labels.
  let labels: LabelMap
  /// The masks that were there.
  let references: ReferenceMasks.Outcome
}

extension Journey {
  /// All outputs and the record of them, as a bundle below `folder` that has the run's id for a name: complete or not there at all. The
  /// report tells of the masks that are there by now.
  func written(
    _ result: Segmentation, _ match: MatchedScan, below folder: URL
  ) throws(JourneyError) -> (MadeBundle, Facts) {
    let (startedAt, start) = (Date(), ContinuousClock.now)
    let references = masks.compare(with: result.labels, rule: match.rule, dataset: match.model.dataset)
    let run = RunID(startingAt: log.startedAt)
    do {
      var folder = try OutputFolder(name: run.text, in: folder)
      var facts = try write(result, match, to: &folder)
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
      let outputs = folder.writtenFiles
      facts["files"] = .texts(outputs.map { $0.name }.sorted())
      facts["bytes"] = .integer(outputs.reduce(0) { $0 + $1.bytes })
      facts["references"] = references.fact(context)
      let stage = StageRecord(
        stage: .written, startedAt: startedAt, seconds: (ContinuousClock.now - start).inSeconds, facts: facts)
      let record = record(run, match, stages: log.records + [stage], outputs, references)
      let place = try RunBundle.seal(folder, record)
      return (MadeBundle(folder: place, run: run, labels: result.labels, references: references), facts)
    } catch let error as OutputError {
      throw JourneyError(.written, .agent, "\(error); \(OutputTree.remedy)")
    } catch let error as DICOMError {
      throw JourneyError(.written, error.kind == .unwritable ? .agent : .failed, "dicom-seg: \(error.reason)")
    } catch {
      throw JourneyError(.written, .failed, "\(error)")
    }
  }

  /// The masks that belong to the scan: beside its files, for an unpacked scan also beside its archive.
  var masks: ReferenceMasks {
    ReferenceMasks(
      folders: folders + context.sources.map { $0.folder }, objects: context.objects.masks(of: scan))
  }

  /// The scan with its labels, as the writers take it.
  func subject(_ labels: LabelMap, _ match: MatchedScan) throws(GridMismatch) -> Writers.SegmentedScan {
    let dataset = match.model.dataset
    return try Writers.SegmentedScan(
      image: scan.volume, labels: labels,
      names: dataset.writtenLabels.map { SegmentLabel(value: UInt16(clamping: $0), name: dataset.name(of: $0)) },
      modality: scan.modality, title: "\(match.rule.name): \(scan.seriesDescription)")
  }

  /// The formats; the facts are those of the DICOM SEG as it was read again.
  private func write(
    _ result: Segmentation, _ match: MatchedScan, to folder: inout OutputFolder
  ) throws -> Facts {
    let subject = try subject(result.labels, match)
    for format in [OutputFormat.nifti, .preview] {
      for file in try format.files(for: subject) { try folder.write(file.bytes, as: file.name) }
    }
    guard match.rule.outputs.contains(.dicomSEG) else { return [:] }
    var output = SegmentationOutput(result, match)
    output.date = log.startedAt.inMilliseconds
    let check = try folder.write(as: "segmentation.dcm") { try output.write(result.labels, of: scan, to: $0) }
    return ["dicom_seg": check.fact]
  }

  private func record(
    _ run: RunID, _ match: MatchedScan, stages: [StageRecord], _ outputs: [WrittenFile],
    _ references: ReferenceMasks.Outcome
  ) -> BundleRecord {
    let made = outputs.map {
      FileEntry(role: .output, path: $0.name, bytes: Int64($0.bytes), sha256: $0.sha256)
    }
    return BundleRecord(
      BundleRecord.Run(
        run, match.key, study: scan.studyInstanceUID, .segmented, startedAt: log.startedAt),
      stages: stages, files: context.entries(inputFiles) + match.files + made + references.entries(context),
      scores: references.comparisons.flatMap { $0.scores })
  }
}

extension ReferenceMasks.Outcome {
  /// The masks that were compared, as the database lists them.
  func entries(_ context: JourneyContext) -> [FileEntry] {
    comparisons.map { comparison in
      let file = comparison.file
      return FileEntry(
        role: .reference, path: context.alias(of: file.path), bytes: file.bytes, sha256: file.sha256)
    }
  }
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
