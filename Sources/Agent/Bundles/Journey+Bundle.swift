internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Preprocessing
internal import Writers

extension Journey {
  /// Takes in what another process made of this scan by this rule and model, as if it had been made here: its stages, its outputs
  /// in their place, and the sealed run. What it refused or failed ends the journey as it did there.
  func takenIn(_ bundle: RunBundle, _ match: MatchedScan, by executor: Facts) throws(JourneyError) -> JourneyEnd {
    let record = bundle.record
    for stage in record.stages.compactMap({ $0.record }) where Self.elsewhere.contains(stage.stage) {
      log.append(stage)
    }
    guard record.run.outcome == .segmented else {
      let stage = record.run.errorStage.flatMap { Stage(rawValue: $0) } ?? .inferred
      throw JourneyError(
        stage, record.run.outcome == .refused ? .refused : .failed, record.run.error ?? "no reason was given")
    }
    let output = try log.stage(.written) { () throws(JourneyError) in try adopted(bundle, match, by: executor) }
    return try log.stage(.recorded) { () throws(JourneyError) in try recorded(output, match) }
  }

  /// The stages that a bundle brings with it.
  private static let elsewhere: [Stage] = [.preprocessed, .inferred, .postprocessed]

  /// The outputs, copied into their place and digested on the way; masks are compared anew, here where they are known.
  private func adopted(
    _ bundle: RunBundle, _ match: MatchedScan, by executor: Facts
  ) throws(JourneyError) -> (FinishedOutput, Facts) {
    let place = try context.place(of: scan, below: match.rule.name, key: match.key)
    do {
      let labels = try NIfTI.readLabels(bundle.folder.appending(path: "segmentation.nii.gz"))
      var folder = try context.output.newFolder(place)
      for output in bundle.outputs {
        try folder.write(as: output.name) {
          try FileManager.default.copyItem(at: bundle.folder.appending(path: output.name), to: $0)
        }
        guard folder.writtenFiles.last?.sha256 == output.sha256 else {
          throw BundleError(bundle.folder, "\(output.name) changed while it was copied")
        }
      }
      let names = match.model.dataset.writtenLabels.map {
        SegmentLabel(value: UInt16(clamping: $0), name: match.model.dataset.name(of: $0))
      }
      let subject = try Writers.SegmentedScan(
        image: scan.volume, labels: labels, names: names, modality: scan.modality,
        title: "\(match.rule.name): \(scan.seriesDescription)")
      context.index.keep(Thumbnail.png(for: subject), of: bundle.record.run.id)
      let references = ReferenceMasks(folders: maskFolders, objects: context.objects.masks(of: scan)).compare(
        with: labels, rule: match.rule, dataset: match.model.dataset)
      try begin(bundle.record.run.id, match, in: place)
      let files = try folder.seal().files.map {
        FileEntry(role: .output, path: "\(place)/\($0.name)", bytes: Int64($0.bytes), sha256: $0.sha256)
      }
      var facts = bundle.record.facts(of: .written)
      facts["folder"] = .text(place)
      facts["references"] = references.fact(context)
      facts["executor"] = .object(
        executor.merging(
          ["host": .text(bundle.record.run.host), "software": .text(bundle.record.run.software)]) { own, _ in own })
      return (
        FinishedOutput(run: bundle.record.run.id, folder: place, files: files, references: references), facts
      )
    } catch let error as OutputError {
      throw JourneyError(.written, .agent, "\(error); make the output tree writable and see that the disk is not full")
    } catch let error as AuditError {
      throw JourneyError(.recorded, .agent, "\(error)")
    } catch {
      throw JourneyError(.written, .failed, "\(error)")
    }
  }
}

extension RunBundle {
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
    return run.modelSHA256 == match.key.modelSHA256?.description ? nil : "it was made by another model"
  }
}
