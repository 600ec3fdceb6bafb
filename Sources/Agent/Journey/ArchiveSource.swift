internal import Foundation

/// An archive whose files were unpacked to be read.
struct ArchiveSource: Sendable {
  /// The archive itself.
  let archive: InputFile
  /// Where its files lie for as long as they are needed.
  let unpacked: URL

  /// The folder in which people put the archive: a mask beside it belongs to the scans in it.
  var folder: URL { URL(filePath: archive.path).deletingLastPathComponent() }

  /// For an unpacked file the archive's path, then the file's in it; nil for any other.
  func place(of path: String) -> String? {
    let prefix = unpacked.path + "/"
    return path.hasPrefix(prefix) ? archive.path + "/" + path.dropFirst(prefix.count) : nil
  }
}
