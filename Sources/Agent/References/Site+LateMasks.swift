internal import Audit
internal import DICOM
internal import Foundation
internal import Imaging
internal import Preprocessing
internal import Writers

extension Site {
  /// Scores a mask against the runs whose scans lie in its folder, without running the network again.
  func scoreLate(_ mask: URL) throws(AgentError) {
    let folder = mask.deletingLastPathComponent().path
    do throws(AuditError) {
      for run in try audit.segmentedRuns(withInputIn: folder) {
        do throws(ReferenceError) {
          let comparison = try compare(mask, with: run)
          guard try !hasScores(run, comparison) else { continue }
          try audit.recordFiles(run.id, [comparison.file])
          try audit.recordScores(run.id, comparison.scores)
          try writeRecord(of: run.id)
        } catch {
          try audit.recordEvent(
            kind: "reference-error", detail: ["mask": mask.path, "error": error.reason], run: run.id)
        }
      }
    } catch {
      throw AgentError("\(error)")
    }
  }
}
