import Glibc

/// Watching cannot begin, or cannot go on. Each says what to do.
public enum WatchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// An inbox is missing, not a folder or not readable; the value of `errno`.
  case inboxUnavailable(path: String, errno: Int32)
  /// One inbox lies in another, so every file in it would be noticed twice.
  case inboxesOverlap(outer: String, inner: String)
  /// libinotifytools keeps its state in globals, so a process can have one watcher; one is running.
  case alreadyWatching
  /// The kernel's limit on watches per user is used up; `limit` is its present value, `path` the first folder left out.
  case watchLimitReached(path: String, limit: Int)
  /// A folder of an inbox cannot be watched just now, for a cause that can pass; the value of `errno`.
  case folderUnwatched(errno: Int32)
  /// inotify could not be set up; the value of `errno`.
  case inotifyUnavailable(errno: Int32, instances: Int)
  /// libinotifytools waits with `select`, which cannot take a descriptor above 1023.
  case tooManyOpenFiles

  /// What is wrong and what to do about it.
  public var description: String {
    switch self {
    case .inboxUnavailable(let path, let code):
      "the inbox \(path) cannot be used: \(String(cString: strerror(code))); create it or make it readable"
    case .inboxesOverlap(let outer, let inner):
      "the inbox \(inner) lies in the inbox \(outer): name only one of them"
    case .alreadyWatching:
      "this process is watching already (libinotifytools allows one watcher per process): stop that one first"
    case .watchLimitReached(_, let limit):  // the folder may be named after a patient
      "no watch left for a folder of the inbox: the system allows this user \(limit) watches, one per folder; raise it with "
        + "`sysctl fs.inotify.max_user_watches=\(max(limit, 1) * 4)` (and in /etc/sysctl.d to keep it)"
    case .folderUnwatched(let code):  // it may be named after a patient
      "a folder of the inbox cannot be watched: \(String(cString: strerror(code))); see to the disk or the server"
    case .inotifyUnavailable(let code, let instances):
      "inotify cannot be set up: \(String(cString: strerror(code))); this user may have \(instances) instances "
        + "(`sysctl fs.inotify.max_user_instances`)"
    case .tooManyOpenFiles:
      "1024 or more files are open, and libinotifytools needs a descriptor below that: start watching first"
    }
  }
}
