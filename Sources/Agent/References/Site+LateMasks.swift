internal import Audit
internal import Digests
internal import Foundation
internal import Imaging
internal import Preprocessing

extension Site {
  /// Scores a mask against the runs whose scans lie in its folder, without running the network again.
  func scoreLate(_ mask: URL) throws(AgentError) {
    do throws(AuditError) {
      for run in try audit.segmentedRuns(
        withInputIn: aliases.folderAlias(of: mask.deletingLastPathComponent().path))
      {
        if let digest = try? SHA256Digest(ofFile: mask), try audit.hasScores(run.id, against: digest) { continue }
        switch comparison(of: mask, with: run) {
        case .success(let comparison):
          try audit.recordFiles(run.id, [comparison.file.entry(as: .reference, aliases)])
          try audit.recordScores(run.id, comparison.scores)
          try audit.recordReferenceNote(of: comparison, of: run.id, aliases)
        case .failure(let error):
          try audit.recordReferenceError(error, of: run.id, aliases)
        }
        try record(run.id)
      }
    } catch {
      throw AgentError("\(error)")
    }
  }

  private func record(_ run: RunID) throws(AuditError) {
    do throws(AgentError) { try writeRecord(of: run) } catch {
      throw .notWritable(path: audit.file.path, reason: error.description)
    }
  }

  private func comparison(of mask: URL, with run: SegmentedRun) -> Result<ReferenceComparison, ReferenceError> {
    Result { () throws(ReferenceError) in try compare(mask, with: run) }
  }

  private func compare(_ mask: URL, with run: SegmentedRun) throws(ReferenceError) -> ReferenceComparison {
    guard let rule = ruleNamed(run.rule) else {
      throw ReferenceError(file: mask, reason: "rule \(run.rule), which made run \(run.id), does not exist any more")
    }
    do {
      let segmentation = try NIfTI.readLabels(output.folder(run.outputFolder).appending(path: "segmentation.nii.gz"))
      let dataset = try DatasetDescription(contentsOf: rule.model.appending(path: "dataset.json"))
      return try ReferenceComparison(
        ReferenceMask(mask, onto: segmentation.geometry), with: segmentation,
        labels: ReferenceLabels(rule.referenceLabels, of: dataset))
    } catch let error as ReferenceError {
      throw error
    } catch {
      throw ReferenceError(file: mask, reason: "\(error)")
    }
  }
}
