import Glibc

/// Which folder it is, whatever its path.
struct FolderIdentity: Hashable {
  let device: UInt64
  let inode: UInt64

  /// `nil` if there is no folder at `path`. Follows no link.
  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
