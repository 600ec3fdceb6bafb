internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Preprocessing

/// The masks that belong to a scan: those beside its files, and the objects that refer to it.
struct ReferenceMasks {
  /// What came of comparing them.
  struct Outcome {
    var comparisons: [ReferenceComparison] = []
    var errors: [ReferenceError] = []
  }

  /// The folders that hold the scan's files.
  let folders: [URL]
  /// The DICOM objects that refer to the scan.
  let objects: [SuppliedMask]

  /// NIfTI masks by path, then the objects.
  var masks: [SuppliedMask] {
    folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { ReferenceMaskName.holds(for: $0) }.sorted()
        .map { SuppliedMask(file: folder.appending(path: $0), form: .nifti) }
    } + objects
  }

  /// Compares every mask with `result`. A mask that cannot be used is an error in the outcome, not of the scan.
  func compare(with result: LabelMap, rule: Rule, dataset: DatasetDescription) -> Outcome {
    var outcome = Outcome()
    for mask in masks {
      do throws(ReferenceError) {
        outcome.comparisons.append(try Self.compare(mask, with: result, rule: rule, dataset: dataset))
      } catch {
        outcome.errors.append(error)
      }
    }
    return outcome
  }

  /// Compares one mask.
  static func compare(
    _ mask: SuppliedMask, with result: LabelMap, rule: Rule, dataset: DatasetDescription
  ) throws(ReferenceError) -> ReferenceComparison {
    let labels: ReferenceLabels
    do {
      labels = try ReferenceLabels(rule.referenceLabels, of: dataset)
    } catch {
      throw ReferenceError(file: mask.file, reason: "\(error)")
    }
    return try ReferenceComparison(ReferenceMask(mask, onto: result.geometry), with: result, labels: labels)
  }
}

extension ReferenceMasks.Outcome {
  /// Each mask with what was done to compare it, or why it could not be.
  func fact(_ context: JourneyContext) -> Fact {
    .list(
      comparisons.map { comparison in
        .object([
          "path": .text(context.alias(of: comparison.file.path)), "form": .text(comparison.form.rawValue),
          "sha256": .text(comparison.file.sha256.description), "note": comparison.note.map { .text($0) } ?? .null,
        ])
      } + errors.map { .object(["path": .text(context.alias(of: $0.file.path)), "error": .text($0.reason)]) })
  }
}
