internal import DICOM
internal import Foundation
internal import Intake

/// Says of quiet files what they belong to, by their headers, never by their names (masks apart).
struct FileClassifier: Sendable {
  /// Files that lie beside scans and are no scans: not worth a refusal, whatever they hold.
  static let companions: Set<String> = [
    "md", "txt", "json", "csv", "tsv", "xml", "html", "pdf", "log", "yaml", "yml", "jpg", "jpeg", "png", "bvec", "bval",
    "ini", "db",
  ]

  /// One answer for each file; nil: nobody's, left alone.
  func classify(_ stamps: [FileStamp]) -> [Parcel?] {
    guard stamps.count > 1 else { return stamps.map { classify($0) } }
    return withUnsafeTemporaryAllocation(of: Parcel?.self, capacity: stamps.count) { parcels in
      nonisolated(unsafe) let slots = parcels
      DispatchQueue.concurrentPerform(iterations: stamps.count) { index in
        (slots.baseAddress.unsafelyUnwrapped + index).initialize(to: classify(stamps[index]))
      }
      defer { parcels.deinitialize() }
      return Array(parcels)
    }
  }

  func classify(_ stamp: FileStamp) -> Parcel? {
    let path = stamp.path as NSString
    let (name, folder) = (path.lastPathComponent, path.deletingLastPathComponent)
    if ReferenceMaskName.holds(for: name) { return .mask(path: stamp.path) }
    switch DICOMFile.identify(stamp.path) {
    case .series(let key): return .series(key)
    case .directory: return nil
    case .stranger: return Self.companions.contains(path.pathExtension.lowercased()) ? nil : .strangers(folder: folder)
    }
  }
}
