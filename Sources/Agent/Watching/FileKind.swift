internal import DICOM
internal import Foundation
internal import Intake

/// What a file is, by its contents; its name is not asked.
enum FileKind: Hashable, Sendable {
  /// Part of a series: its SeriesInstanceUID, or what stands in for it, and what the file says of the series.
  case series(String, SeriesMark)
  /// A DICOM object that draws labels.
  case object(SuppliedMask.Form)
  /// A DICOMDIR: it lists files, and is none of them.
  case directory
  /// Nothing of DICOM's, or too damaged to tell, and why.
  case stranger(String)
  /// It could not be read, and why, a cause that can pass.
  case unavailable(String)

  /// Looks at the header of the file at `path`.
  init(_ path: String) {
    let file = URL(filePath: path)
    do throws(DICOMError) {
      let header = try DICOMHeader(file)
      let folder = file.deletingLastPathComponent().path
      self =
        SuppliedMask.Form(modality: header.modality).map { .object($0) }
        ?? .series(SeriesKey.text(uid: header.seriesInstanceUID, folder: folder), SeriesMark(header))
    } catch {
      if let code = error.code, PassingCause.holds(code) {
        self = .unavailable(error.reason)
        return
      }
      self = file.lastPathComponent.uppercased() == "DICOMDIR" ? .directory : .stranger(error.reason)
    }
  }

  /// Why it is part of no series; empty where it is.
  var reason: String {
    switch self {
    case .series: ""
    case .object(let form): "a \(form.rawValue), which holds no image"
    case .directory: "a DICOMDIR, which lists files and holds no image"
    case .stranger(let reason), .unavailable(let reason): reason
    }
  }
}
