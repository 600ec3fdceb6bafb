import Glibc

/// A walk over everything in an inbox. Start, a lost event and a network folder all use it; there is no other recovery.
public enum Rescan {
  /// What a walk found.
  public struct Listing: Sendable {
    /// Regular files with something in them and a finished name, in no particular order.
    public var files: [FileStamp] = []
    /// Hidden, unfinished or empty files, left alone until they are renamed or filled.
    public var waiting: [String] = []
    /// Those of `waiting` that have a finished name and nothing in them.
    public var emptyFiles: [String] = []
    /// What can never be used, by name: links, pipes, sockets, devices, unreadable folders, names that are not UTF-8.
    public var unusable: [UnusableFile] = []
    /// Files that could not be asked about for a cause that can pass (``UnusableFile/canPass``): nothing is known of them.
    public var unseen: [UnusableFile] = []
    /// Folders that could not be listed, or not to their end, for such a cause, and the `errno`: nothing is known of what lies in them.
    public var unavailable: [String: Int32] = [:]
    /// Folders that carry the marker ``WaitingNames/completionMarker``.
    public var completed: [String] = []
    /// Folders below the inbox with nothing at all in them.
    public var empty: [String] = []
    /// Folders walked, the inbox included.
    public var folders = 0

    /// Nothing found yet.
    public init() {}
  }

  /// Walks `inbox`. Follows no links below it, goes into file systems mounted below it. Files that come or go during the
  /// walk may or may not be listed: set the watches first. Throws ``WatchError/inboxUnavailable(path:errno:)`` if the
  /// inbox itself cannot be read.
  public static func list(_ inbox: Inbox) throws(WatchError) -> Listing {
    var walk = Walk()
    do {
      var folder = try FolderStream(path: inbox.path)
      try walk.read(&folder, path: inbox.path == "/" ? "" : inbox.path, depth: 0)
    } catch {
      throw .inboxUnavailable(path: inbox.path, errno: error.code)
    }
    return walk.listing
  }

  private struct Walk {
    var listing = Listing()

    mutating func read(_ folder: inout FolderStream, path: String, depth: Int) throws(SystemFailure) {
      listing.folders += 1
      let prefix = path + "/"
      var isEmpty = true
      defer { if isEmpty, depth > 0 { listing.empty.append(path) } }
      while let entry = try folder.next() {
        isEmpty = false
        guard let name = entry.text else {
          listing.unusable.append(UnusableFile(path: prefix + entry.escaped, kind: .nameNotUTF8))
          continue
        }
        if name == WaitingNames.completionMarker {
          listing.completed.append(path)
        } else if WaitingNames.isWaiting(name) {
          listing.waiting.append(prefix + name)
        } else if entry.type == UInt8(DT_DIR) {
          enter(entry, of: folder, path: prefix + name, depth: depth + 1)
        } else {
          look(at: entry, of: folder, path: prefix + name, depth: depth)
        }
      }
    }

    private mutating func look(
      at entry: FolderStream.Entry, of folder: borrowing FolderStream, path: String, depth: Int
    ) {
      do throws(SystemFailure) {
        guard let status = try folder.status(of: entry) else { return }
        take(status, entry, of: folder, path: path, depth: depth)
      } catch {
        let file = UnusableFile(path: path, kind: .unreadable(errno: error.code))
        if file.canPass { listing.unseen.append(file) } else { listing.unusable.append(file) }
      }
    }

    private mutating func take(
      _ status: stat, _ entry: FolderStream.Entry, of folder: borrowing FolderStream, path: String, depth: Int
    ) {
      switch UnusableFile.Kind(mode: status.st_mode) {
      case .folder?: enter(entry, of: folder, path: path, depth: depth + 1)
      case let kind?: listing.unusable.append(UnusableFile(path: path, kind: kind))
      case nil where status.st_size == 0:
        listing.waiting.append(path)
        listing.emptyFiles.append(path)
      case nil: listing.files.append(FileStamp(path: path, status))
      }
    }

    private mutating func enter(
      _ entry: FolderStream.Entry, of parent: borrowing FolderStream, path: String, depth: Int
    ) {
      guard depth <= FolderStream.maximumDepth else {
        listing.unusable.append(UnusableFile(path: path, kind: .tooDeep))
        return
      }
      do {
        var folder = try FolderStream(entry.name, in: parent)
        try read(&folder, path: path, depth: depth)
      } catch  where error.code == ENOENT || error.code == ENOTDIR || error.code == ELOOP {
        return  // it went, or was replaced, while we walked: the watch on its parent says so
      } catch {
        let folder = UnusableFile(path: path, kind: .unreadable(errno: error.code))
        if folder.canPass { listing.unavailable[path] = error.code } else { listing.unusable.append(folder) }
      }
    }
  }
}
