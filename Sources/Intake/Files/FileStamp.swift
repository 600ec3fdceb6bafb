import Glibc

/// Which file this is and which state of it: two equal stamps mean that nobody has changed the file in between.
/// Times are the file's own and are only compared for equality, never with a clock.
public struct FileStamp: Sendable, Hashable {
  /// The absolute path.
  public let path: String
  /// Bytes.
  public let size: Int64
  /// The time of the last change of the contents (`st_mtim`), nanoseconds since 1970.
  public let modified: Int64
  /// The inode number: another one under the same path is another file.
  public let inode: UInt64
  /// The device number of the file system that holds the inode.
  public let device: UInt64

  /// A stamp from its parts: `size` in bytes, `modified` in nanoseconds since 1970.
  public init(path: String, size: Int64, modified: Int64, inode: UInt64, device: UInt64) {
    self.path = path
    self.size = size
    self.modified = modified
    self.inode = inode
    self.device = device
  }

  init(path: String, _ status: stat) {
    self.init(
      path: path, size: Int64(status.st_size),
      modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec),
      inode: UInt64(status.st_ino), device: UInt64(status.st_dev))
  }

  /// The stamp of the file at `path` now, by `lstat`; `nil` if there is none. Throws ``UnusableFile`` if what is there is
  /// not a regular file (symbolic links are not followed) or cannot be asked about.
  public static func current(_ path: String) throws(UnusableFile) -> FileStamp? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw UnusableFile(path: path, kind: .unreadable(errno: errno))
    }
    if let kind = UnusableFile.Kind(mode: status.st_mode) { throw UnusableFile(path: path, kind: kind) }
    return FileStamp(path: path, status)
  }
}
