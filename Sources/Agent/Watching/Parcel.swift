internal import Intake

/// What a settled group of files is, as the agent's classifier saw it.
enum Parcel: Hashable, Sendable {
  /// All files of one DICOM series, wherever they lie; the text is its SeriesInstanceUID (or, where that is empty, a stand-in
  /// made of the folder).
  case series(String)
  /// A supplied mask beside a series.
  case mask(path: String)
  /// A DICOM object that draws labels, wherever it lies.
  case object(path: String, form: SuppliedMask.Form)
  /// An archive that may hold series.
  case archive(path: String)
  /// Files of one folder that are no part of any scan.
  case strangers(folder: String)

  /// Whether it draws labels.
  var isMask: Bool {
    switch self {
    case .mask, .object: true
    default: false
    }
  }

  /// Whether what is in it is to be unpacked.
  var isArchive: Bool { if case .archive = self { true } else { false } }

  /// The key that settling groups by.
  var key: GroupKey {
    switch self {
    case .series(let uid): GroupKey("series " + uid)
    case .mask(let path): GroupKey("mask " + path)
    case .object(let path, let form): GroupKey("\(form == .structureSet ? "structures" : "segments") " + path)
    case .archive(let path): GroupKey("archive " + path)
    case .strangers(let folder): GroupKey("strangers " + folder)
    }
  }

  /// Reads a key made by `key`.
  init?(_ key: GroupKey) {
    let parts = key.text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "series": self = .series(String(parts[1]))
    case "mask": self = .mask(path: String(parts[1]))
    case "structures": self = .object(path: String(parts[1]), form: .structureSet)
    case "segments": self = .object(path: String(parts[1]), form: .segmentation)
    case "archive": self = .archive(path: String(parts[1]))
    case "strangers": self = .strangers(folder: String(parts[1]))
    default: return nil
    }
  }
}
