/// Decides when a group of files has gone quiet. A value: time is handed in as a `Duration` since some fixed moment on a
/// monotonic clock (so a clock that jumps settles nothing) and no file is read, which makes every case a table test.
///
/// A file goes: noticed (`observe`) → quiet for a moment (`readyToClassify`) → the caller reads whose it is (`classify`, or
/// `setAside` if nobody's). A group settles when nothing of it has changed for `settle` and each of its files has been seen
/// unchanged after that (`toConfirm` names those to look at). What comes later reopens it: it settles again, one generation on.
public struct Settling: Sendable {
  /// How long things must be quiet.
  public struct Times: Sendable, Hashable {
    /// Nothing of a group may have changed for this long.
    public var settle: Duration
    /// A file that nobody was seen to close must be unchanged for this long before its header is read.
    public var classify: Duration
    /// A group waits for unclassified neighbours in its folders (they may be its own) at most this long after they appeared.
    public var neighbours: Duration

    /// `classify` is at most one second, and `neighbours` ten times `settle`, unless given.
    public init(settle: Duration, classify: Duration? = nil, neighbours: Duration? = nil) {
      self.settle = settle
      self.classify = classify ?? min(settle, .seconds(1))
      self.neighbours = neighbours ?? settle * 10
    }
  }

  struct File {
    var stamp: FileStamp
    var role: Role
    let firstSeen: Duration
    /// When it was last found to have changed.
    var changed: Duration
    /// When it was last found at all.
    var seen: Duration
    /// Whether the last thing known of it is that a writer closed it.
    var closed: Bool
  }

  enum Role: Equatable {
    /// Nobody knows yet whose it is; the group is the one it belonged to before it changed.
    case unclassified(was: GroupKey?)
    case member(GroupKey)
    /// Known to be nobody's.
    case aside
  }

  struct Group {
    var members: Set<String> = []
    let firstSeen: Duration
    var changed: Duration
    var generation = 0
    var isOpen = true
  }

  /// The quiet times.
  public let times: Times
  var files: [String: File] = [:]
  var groups: [GroupKey: Group] = [:]
  var open: Set<GroupKey> = []
  /// Paths of unclassified files by their folder.
  var unclassified: [String: Set<String>] = [:]
  /// Folders with a completion marker, and when it was seen.
  var markers: [String: Duration] = [:]

  /// Nothing noticed yet.
  public init(times: Times) { self.times = times }

  /// The state in which the file at `path` is known; `nil` if it is not.
  public func stamp(of path: String) -> FileStamp? { files[path]?.stamp }

  /// How many files are known.
  public var fileCount: Int { files.count }

  /// How many groups have not settled since they last changed.
  public var openGroupCount: Int { open.count }

  /// Notes that the file was found as `stamp` at `now`. An unchanged file does not disturb its group. An empty one waits to be
  /// filled, as if it were not there. `group` classifies it at once if the caller knows; `closed` says that a process that
  /// wrote to it was seen to close it.
  public mutating func observe(
    _ stamp: FileStamp, group: GroupKey? = nil, closed: Bool = false, at now: Duration
  ) {
    guard stamp.size > 0 else { return forget(stamp.path, at: now) }
    if var file = files[stamp.path], file.stamp == stamp {
      file.seen = now
      file.closed = file.closed || closed
      files[stamp.path] = file
    } else {
      noteChange(stamp, closed: closed, at: now)
    }
    if let group { classify(stamp, as: group, at: now) }
  }

  /// Notes whose the file is, as read from its header while it was as `stamp` says. Without effect if the file has changed or
  /// gone since: it then comes up in `readyToClassify` again.
  public mutating func classify(_ stamp: FileStamp, as key: GroupKey, at now: Duration) {
    guard var file = files[stamp.path], file.stamp == stamp, file.role != .member(key) else { return }
    leave(file, for: key)
    file.role = .member(key)
    files[stamp.path] = file
    var group = groups[key] ?? Group(firstSeen: file.firstSeen, changed: file.changed)
    group.members.insert(stamp.path)
    group.changed = max(group.changed, file.changed)
    group.isOpen = true
    groups[key] = group
    open.insert(key)
  }

  /// Notes that the file, as `stamp` says, is nobody's: it is left alone until it changes.
  public mutating func setAside(_ stamp: FileStamp, at now: Duration) {
    guard var file = files[stamp.path], file.stamp == stamp, file.role != .aside else { return }
    leave(file)
    file.role = .aside
    files[stamp.path] = file
  }

  /// Notes that there is no such file any more. A group that has settled already is not reopened by that.
  public mutating func forget(_ path: String, at now: Duration) {
    guard let file = files.removeValue(forKey: path) else { return }
    if let key = file.group, groups[key]?.isOpen == true { groups[key]?.changed = now }
    leave(file)
  }

  /// Notes that the folder at `path` is gone with everything in it.
  public mutating func forgetFolder(_ path: String, at now: Duration) {
    let prefix = path + "/"
    markers = markers.filter { $0.key != path && !$0.key.hasPrefix(prefix) }
    for gone in files.keys.filter({ $0.hasPrefix(prefix) }) { forget(gone, at: now) }
  }

  /// Notes that the site has declared the folder, and all below it, complete. It holds for what was there by `now`; a group
  /// with a later file settles by quiet.
  public mutating func markComplete(_ folder: String, at now: Duration) { markers[folder] = now }

  private mutating func noteChange(_ stamp: FileStamp, closed: Bool, at now: Duration) {
    var file =
      files[stamp.path]
      ?? File(stamp: stamp, role: .unclassified(was: nil), firstSeen: now, changed: now, seen: now, closed: closed)
    file.stamp = stamp
    file.changed = now
    file.seen = now
    file.closed = closed
    if let key = file.group {
      groups[key]?.changed = now
      groups[key]?.isOpen = true
      open.insert(key)
    }
    file.role = .unclassified(was: file.group)
    files[stamp.path] = file
    unclassified[folder(of: stamp.path), default: []].insert(stamp.path)
  }

  /// Takes the file out of the list of unclassified files, and out of its group unless it goes on in that one.
  private mutating func leave(_ file: File, for next: GroupKey? = nil) {
    let path = file.stamp.path
    if case .unclassified = file.role {
      let folder = folder(of: path)
      unclassified[folder]?.remove(path)
      if unclassified[folder]?.isEmpty == true { unclassified[folder] = nil }
    }
    guard let key = file.group, key != next else { return }
    groups[key]?.members.remove(path)
    if groups[key]?.members.isEmpty == true {
      groups[key] = nil
      open.remove(key)
    }
  }
}

extension Settling.File {
  /// The group it counts in, also while a change of it is being looked into.
  var group: GroupKey? {
    switch role {
    case .member(let key): key
    case .unclassified(let was): was
    case .aside: nil
    }
  }
}

/// The folder part of an absolute path.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
  return String(path[..<slash])
}
