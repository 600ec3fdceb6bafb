internal import DICOM
internal import Foundation

/// What a file is, by its contents; its name is not asked.
enum FileKind: Hashable, Sendable {
  /// Part of a series: its SeriesInstanceUID, or what stands in for it.
  case series(String)
  /// A DICOMDIR: it lists files, and is none of them.
  case directory
  /// Nothing of DICOM's, or too damaged to tell, and why.
  case stranger(String)

  /// Looks at the header of the file at `path`.
  init(_ path: String) {
    let file = URL(filePath: path)
    do throws(DICOMError) {
      let header = try DICOMHeader(file)
      self = .series(SeriesKey.text(uid: header.seriesInstanceUID, folder: file.deletingLastPathComponent().path))
    } catch {
      self = file.lastPathComponent.uppercased() == "DICOMDIR" ? .directory : .stranger(error.reason)
    }
  }

  /// Why it is part of no series; empty where it is.
  var reason: String {
    switch self {
    case .series: ""
    case .directory: "a DICOMDIR, which lists files and holds no image"
    case .stranger(let reason): reason
    }
  }
}
