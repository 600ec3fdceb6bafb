import Digests

/// What a file is, by its contents; its name is not asked.
public enum DICOMFile: Sendable, Hashable {
  /// Part of a series: its SeriesInstanceUID, or a stand-in made of its folder where that is empty.
  case series(String)
  /// A DICOMDIR: it lists files, and is none of them.
  case directory
  /// Nothing of DICOM's, or too damaged to tell.
  case stranger(String)

  /// Why it is part of no series; empty where it is.
  public var reason: String {
    switch self {
    case .series: ""
    case .directory: "a DICOMDIR, which lists files and holds no image"
    case .stranger(let reason): reason
    }
  }

  /// Looks at the header of the file at `path`.
  public static func identify(_ path: String) -> DICOMFile {
    let dataset: DICOMDataset
    do {
      dataset = try DICOMDataset(path: path, headerOnly: true)
    } catch {
      return .stranger("not a DICOM file: \(error.reason)")
    }
    if dataset.has(.directoryRecordSequence) { return .directory }
    guard let sopClass = dataset.text(.sopClassUID), sopClass.hasPrefix("1.2.840.10008.") else {
      return .stranger(
        dataset.hasPreamble
          ? "a DICOM file without a known SOPClassUID (0008,0016), damaged or cut short"
          : "not a DICOM file: no DICM prefix and no SOPClassUID (0008,0016)")
    }
    return .series(SeriesKey.of(dataset, path: path))
  }
}

/// What a series is called: its SeriesInstanceUID.
enum SeriesKey {
  static func of(_ dataset: DICOMDataset, path: String) -> String {
    if let uid = dataset.text(.seriesInstanceUID) { return uid }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return "no-uid-" + SHA256Digest(of: folder).description.prefix(16)
  }
}
