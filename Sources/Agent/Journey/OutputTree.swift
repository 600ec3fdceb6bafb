internal import Foundation
internal import Writers

/// The output tree's folders.
struct OutputTree: Sendable {
  /// Where everything lies that was not processed, and why.
  static let refused = "refused"

  /// What to do where it cannot be written.
  static let remedy = "make the output tree writable and see that the disk is not full"

  /// The root, where `audit.sqlite` lies.
  let root: URL

  /// The folder that a path relative to the root names.
  func folder(_ path: String) -> URL { root.appending(path: path, directoryHint: .isDirectory) }

  /// A folder to be filled and sealed at that path.
  func newFolder(_ path: String) throws(OutputError) -> OutputFolder {
    let place = folder(path)
    return try OutputFolder(name: place.lastPathComponent, in: place.deletingLastPathComponent())
  }
}
