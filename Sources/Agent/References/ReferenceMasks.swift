internal import Audit
internal import DICOM
internal import Foundation
internal import Imaging
internal import Preprocessing

/// The masks that lie beside a scan's files.
struct ReferenceMasks {
  /// What came of comparing them.
  struct Outcome {
    var comparisons: [ReferenceComparison] = []
    var errors: [ReferenceError] = []
  }

  /// The folders that hold the scan's files.
  let folders: [URL]

  /// Mask files, sorted by path.
  var files: [URL] {
    folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { ReferenceMaskName.holds(for: $0) }.sorted().map { folder.appending(path: $0) }
    }
  }

  /// Compares every mask with `result`. A mask that cannot be used is an error in the outcome, not of the scan.
  func compare(with result: LabelMap, rule: Rule, dataset: DatasetDescription) -> Outcome {
    var outcome = Outcome()
    for file in files {
      do throws(ReferenceError) {
        let labels = try Self.labels(rule, dataset, file)
        let mask = try ReferenceMask(file, onto: result.geometry)
        outcome.comparisons.append(try ReferenceComparison(mask, with: result, labels: labels))
      } catch {
        outcome.errors.append(error)
      }
    }
    return outcome
  }

  private static func labels(
    _ rule: Rule, _ dataset: DatasetDescription, _ file: URL
  ) throws(ReferenceError) -> ReferenceLabels {
    do {
      return try ReferenceLabels(rule.referenceLabels, of: dataset)
    } catch {
      throw ReferenceError(file: file, reason: "\(error)")
    }
  }
}
