import Glibc

/// A folder that people drop scans into, by its resolved path, so that the watcher and the rescan spell every file alike.
public struct Inbox: Sendable, Hashable, CustomStringConvertible {
  /// The absolute path without links and without a trailing slash.
  public let path: String

  /// Resolves `path`, which must be an existing folder; symbolic links on the way to it are followed.
  public init(_ path: String) throws(WatchError) {
    guard let resolved = realpath(path, nil) else { throw .inboxUnavailable(path: path, errno: errno) }
    defer { free(resolved) }
    guard let text = String(validatingCString: resolved) else {
      throw .inboxUnavailable(path: escapedName(resolved), errno: EILSEQ)
    }
    var status = stat()
    guard stat(text, &status) == 0 else { throw .inboxUnavailable(path: text, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .inboxUnavailable(path: text, errno: ENOTDIR) }
    self.path = text
  }

  /// The path.
  public var description: String { path }

  /// Whether `other` is this folder or lies in it, by path.
  public func contains(_ other: String) -> Bool {
    other == path || other.hasPrefix(path == "/" ? "/" : path + "/")
  }
}
