public import Foundation

/// One file that is replaced as a whole: readers see the old bytes or the new ones, never a mixture.
public enum ReplacedFile {
  /// Writes the bytes to a hidden file beside `file` (0600), syncs it, renames it into place and syncs the folder.
  public static func write(_ bytes: [UInt8], to file: URL) throws(OutputError) {
    let folder = file.deletingLastPathComponent().path
    let id = String(UInt64.random(in: .min ... .max), radix: 16)
    let hidden = "\(folder)/.\(file.lastPathComponent)\(OutputFolder.mark)\(String(repeating: "0", count: 16 - id.count))\(id)"
    let descriptor = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw OutputError("creating \(hidden)") }
    do throws(OutputError) {
      try System.writeAndClose(bytes, to: descriptor, path: hidden)
      guard rename(hidden, file.path) == 0 else { throw OutputError("renaming \(hidden) to \(file.path)") }
    } catch {
      unlink(hidden)
      throw error
    }
    try System.sync(folder)
  }
}
