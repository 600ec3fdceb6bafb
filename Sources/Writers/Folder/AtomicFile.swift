public import Foundation

/// A single file that is replaced whole or not at all, such as the tree's `index.html`.
public enum AtomicFile {
  /// Writes the bytes (mode 0600) under a hidden name beside `place`, synced, renames them there and syncs the folder, which
  /// is made (0700) where it is missing. What a killed process left is removed by ``OutputFolder/removeDebris(in:)``.
  public static func write(_ bytes: [UInt8], to place: URL) throws(OutputError) {
    guard OutputName.isSafe(place.lastPathComponent) else {
      throw OutputError("writing \(place.path)", because: "only letters, digits, -, _ and . may be used in its name")
    }
    let parent = place.deletingLastPathComponent()
    try System.makeFolder(parent.path)
    let partial = parent.appending(path: OutputFolder.partialName(place.lastPathComponent)).path
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw OutputError("creating \(partial)") }
    flock(descriptor, LOCK_EX | LOCK_NB)
    do throws(OutputError) {
      try System.writeAndClose(bytes, to: descriptor, path: partial)
      guard rename(partial, place.path) == 0 else { throw OutputError("renaming \(partial) to \(place.path)") }
    } catch {
      unlink(partial)
      throw error
    }
    try System.sync(parent.path)
  }
}
