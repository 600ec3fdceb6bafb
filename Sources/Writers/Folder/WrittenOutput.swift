public import Digests
public import Foundation

/// One file of a result, as it lies on the disk.
public struct WrittenFile: Sendable, Hashable {
  /// Its name in the folder.
  public let name: String
  /// Its length in bytes.
  public let bytes: Int
  /// The digest of its bytes.
  public let sha256: SHA256Digest
}

/// A result that is whole, in place and synced. Only ``OutputFolder/seal()`` makes one.
public struct WrittenOutput: Sendable, Hashable {
  /// The folder.
  public let folder: URL
  /// Its files, by name.
  public let files: [WrittenFile]
  /// What the place held before.
  public let replaced: Replaced

  /// What a result found in its place.
  public enum Replaced: String, Sendable {
    /// Nothing.
    case nothing
    /// The same files with the same bytes; they were left as they are.
    case same
    /// Another result, which is gone.
    case other
  }

  init(folder: URL, files: [WrittenFile], replaced: Replaced) {
    self.folder = folder
    self.files = files
    self.replaced = replaced
  }
}
