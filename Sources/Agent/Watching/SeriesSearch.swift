internal import Archives
public import DICOM
public import Foundation

/// Finds the series in folders that a person names.
public enum SeriesSearch {
  /// The files of each series at or below the places, by what the audit calls the series. Links are not followed.
  public static func series(in places: [URL]) -> [String: [String]] {
    let paths = places.flatMap { files(at: $0) }
    let kinds = FileClassifier.kinds(of: paths)
    var found: [String: [String]] = [:]
    for (path, kind) in zip(paths, kinds) {
      if case .series(let key, _) = kind { found[key, default: []].append(path) }
    }
    return found
  }

  /// A file at or below the places that cannot be read for a cause that can pass, and why; nil where there is none.
  static func unavailable(in places: [URL]) -> String? {
    let paths = places.flatMap { files(at: $0) }
    for (path, kind) in zip(paths, FileClassifier.kinds(of: paths)) {
      if case .unavailable(let reason) = kind { return "\(path) \(reason)" }
    }
    return nil
  }

  /// The same of headers that were read already. Masks are no series.
  public static func series(of headers: [DICOMHeader]) -> [String: DICOMSeries] {
    let images = headers.filter { !isMask($0) }
    let named = DICOMSeries.group(images).map { series in
      let folder = series.headers.first?.file.deletingLastPathComponent().path ?? ""
      return (SeriesKey.text(uid: series.seriesInstanceUID, folder: folder), series)
    }
    return Dictionary(named) { first, _ in first }
  }

  /// Whether the file draws labels instead of showing an image.
  public static func isMask(_ header: DICOMHeader) -> Bool { SuppliedMask.Form(modality: header.modality) != nil }

  /// DICOM objects that draw labels, at or below the places.
  static func objects(in places: [URL]) -> [(file: URL, form: SuppliedMask.Form)] {
    let paths = places.flatMap { files(at: $0) }
    return zip(paths, FileClassifier.kinds(of: paths)).compactMap { path, kind in
      if case .object(let form) = kind { (URL(filePath: path), form) } else { nil }
    }
  }

  /// Archives at or below the places.
  static func archives(in places: [URL]) -> [String] {
    places.flatMap { files(at: $0) }.filter { ArchiveName.holds(for: ($0 as NSString).lastPathComponent) }
  }

  /// Regular files at or below a place, sorted.
  public static func files(at place: URL) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else { return [] }
    return isFolder.boolValue ? FileReading.files(in: place).map { $0.path } : [place.path]
  }
}
