import CInotifyTools
import Glibc

/// libinotifytools 3.22, the parts of it that keep true books, for the watcher's thread alone (its state is global).
///
/// What was found in its source and is kept away from here:
/// - `inotifytools_watch_recursively` lists a folder before it watches it, so what arrives in between is lost.
/// - `inotifytools_set_filename_by_wd` and `inotifytools_replace_filename` break the order of the tree of names (the first
///   does not sort anew, the second changes the tree while walking it and takes `/a/bc` for a child of `/a/b`).
/// - The record of a watch that the kernel dropped (a deleted folder) cannot be removed, so a new folder of that name is
///   then looked up as the old one; `watch` sees through that, and `dropped` says when to begin anew.
/// - `inotifytools_remove_watch_by_wd` prints the folder's path, which may carry a patient's name, when the kernel was faster.
/// - `inotifytools_cleanup` leaves events in a static buffer for the next instance; `shutDown` drains it first.
struct InotifyTools {
  /// An event as the kernel gave it.
  struct Event {
    let watch: Int32
    let mask: UInt32
    /// The entry of the watched folder that it is about; empty if about the folder; `nil` if not UTF-8.
    let name: String?
    /// The same with bytes outside ASCII escaped, where `name` is `nil`.
    let escaped: String
  }

  /// What to tell of a folder. `IN_MASK_CREATE`: a second watch on one folder is an error (EEXIST), not a second record.
  private static let mask =
    UInt32(
      IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF
        | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE)

  /// Watches given out, alive or not: the library still has a record of each.
  private var recorded: Set<Int32> = []
  private var newest: Int32 = 0
  /// Records of watches that the kernel has dropped; the library keeps them until it is shut down.
  private(set) var dropped = 0

  /// Sets the library up. The process must not have done so already.
  init() throws(WatchError) {
    guard inotifytools_initialize() != 0 else {
      throw .inotifyUnavailable(errno: inotifytools_error(), instances: Int(inotifytools_get_max_user_instances()))
    }
    // The library does not say which descriptor it has, waits for it with `select`, and would hand it on to a child process.
    for descriptor in Self.inotifyDescriptors() {
      guard descriptor < FD_SETSIZE else {
        inotifytools_cleanup()
        throw .tooManyOpenFiles
      }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
  }

  /// The descriptors of this process that are inotify's.
  private static func inotifyDescriptors() -> [Int32] {
    guard var folder = try? FolderStream(path: "/proc/self/fd") else { return [] }
    var found: [Int32] = []
    var target = [CChar](repeating: 0, count: 32)
    while let entry = try? folder.next() {
      guard let text = entry.text, let descriptor = Int32(text) else { continue }
      let length = readlink("/proc/self/fd/" + text, &target, target.count - 1)
      guard length > 0 else { continue }
      target[length] = 0
      if strcmp(target, "anon_inode:inotify") == 0 { found.append(descriptor) }
    }
    return found
  }

  /// What came of asking for a watch.
  enum Watched {
    case watch(Int32)
    /// That folder, perhaps under another name, is watched already.
    case already
    /// The library does not say which watch it made: begin anew.
    case lost
    case failed(errno: Int32)
  }

  /// Watches the folder at `path` (no trailing slash).
  mutating func watch(_ path: String) -> Watched { watch(path, mask: Self.mask) }

  /// Watches the bell, whose event only ends a wait.
  mutating func watch(_ bell: Bell) {
    if let path = bell.path { _ = watch(path, mask: UInt32(IN_MODIFY)) }
  }

  private mutating func watch(_ path: String, mask: UInt32) -> Watched {
    guard inotifytools_watch_file(path, Int32(bitPattern: mask)) != 0 else {
      let code = inotifytools_error()
      return code == EEXIST ? .already : .failed(errno: code)
    }
    guard let watch = number(of: path) else { return .lost }
    recorded.insert(watch)
    newest = max(newest, watch)
    return .watch(watch)
  }

  /// The watch just made for `path`. The library's index by name may know an older record of that name, so what it says
  /// counts only if it is new to us; else its index by number, which is true, is asked for the kernel's next numbers.
  private func number(of path: String) -> Int32? {
    let names = path.hasSuffix("/") ? [path] : [path + "/", path]
    for name in names {
      let watch = inotifytools_wd_from_filename(name)
      if watch > 0, !recorded.contains(watch) { return watch }
    }
    return (newest + 1...newest + 64).first { candidate in
      guard !recorded.contains(candidate), let known = inotifytools_filename_from_wd(candidate) else { return false }
      return names.contains(String(cString: known))
    }
  }

  /// Notes that the kernel has dropped a watch by itself.
  mutating func kernelDropped(_ watch: Int32) {
    if recorded.contains(watch) { dropped += 1 }
  }

  /// The next event; waits for one at most `seconds`. `nil` when there was none.
  func next(seconds: Int) -> Event? {
    guard let event = inotifytools_next_events(seconds, 1) else { return nil }
    var bytes: UnsafePointer<CChar>?
    var length = 0
    let mask = event.pointee.mask
    let watch = event.pointee.wd
    guard watch > 0 else { return Event(watch: watch, mask: mask, name: "", escaped: "") }
    _ = inotifytools_filename_from_event(event, &bytes, &length)
    guard let bytes else { return Event(watch: watch, mask: mask, name: "", escaped: "") }
    let name = String(validatingCString: bytes)
    return Event(watch: watch, mask: mask, name: name, escaped: name == nil ? escapedName(bytes) : "")
  }

  /// More events than the kernel queues and the library buffers by default, many times over.
  private static let drainLimit = 1_000_000

  /// Ends the library's work. Empties its buffer first, which outlives `inotifytools_cleanup` and would be taken for news of
  /// the next instance's watches.
  consuming func shutDown() {
    for _ in 0..<Self.drainLimit where inotifytools_next_events(0, 1) == nil && inotifytools_error() != EINTR { break }
    inotifytools_cleanup()
  }

  /// The system's limit on watches per user.
  static var watchLimit: Int { Int(inotifytools_get_max_user_watches()) }
}
