internal import DICOM
internal import Foundation
internal import Synchronization

/// The DICOM objects in the inboxes that draw labels, and what each refers to: a scan that comes later asks for its own.
final class MaskObjects: Sendable {
  /// One object's references.
  struct Entry: Sendable {
    let mask: SuppliedMask
    /// SeriesInstanceUIDs that it was drawn on.
    let series: Set<String>
    /// SOPInstanceUIDs that it was drawn on.
    let instances: Set<String>

    /// Reads the object; throws where it is not what its Modality says.
    init(_ file: URL, form: SuppliedMask.Form) throws(DICOMError) {
      mask = SuppliedMask(file: file, form: form)
      switch form {
      case .structureSet:
        let object = try StructureSet(file)
        (series, instances) = (object.referencedSeriesInstanceUIDs, object.referencedSOPInstanceUIDs)
      default:
        let object = try SegmentationObject(file)
        (series, instances) = (object.referencedSeriesInstanceUIDs, object.referencedSOPInstanceUIDs)
      }
    }
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// With more of them, those whose file has gone are forgotten.
    var limit = 64
  }

  private let state = Mutex(State())

  /// Takes note of an object, in place of what was known under its path.
  func note(_ entry: Entry) {
    state.withLock { state in
      state.entries[entry.mask.file.path] = entry
      guard state.entries.count > state.limit else { return }
      state.entries = state.entries.filter { FileManager.default.fileExists(atPath: $0.key) }
      state.limit = 2 * state.entries.count + 64
    }
  }

  /// The objects that refer to a scan's series, or to one of its instances, and are still there; by path.
  func masks(of scan: Scan) -> [SuppliedMask] {
    let instances = Set(scan.planes.compactMap { $0.sopInstanceUID })
    return state.withLock { state in
      state.entries.values.filter {
        $0.series.contains(scan.seriesInstanceUID) || !$0.instances.isDisjoint(with: instances)
      }
    }.map { $0.mask }.filter { FileManager.default.fileExists(atPath: $0.file.path) }
      .sorted { $0.file.path < $1.file.path }
  }
}
