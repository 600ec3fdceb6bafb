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

  /// A group; times in nanoseconds on the caller's scale.
  struct Group {
    let key: GroupKey
    var members: Set<FileTable.ID> = []
    let firstSeen: Int64
    var changed: Int64
    var generation = 0
    /// When and why the caller declared it whole; without effect once it has changed since.
    var whole: (since: Int64, why: String)?
  }

  /// The quiet times.
  public let times: Times
  var files = FileTable()
  /// `nil` where a group has gone.
  var groups: [Group?] = []
  private var freeGroups: [Int32] = []
  private var groupIndex: [GroupKey: Int32] = [:]
  /// Groups that have not settled since they last changed.
  var open: Set<Int32> = []
  /// Files that cannot be asked about just now, and are again: what lies beside them waits for them.
  public var unseen: Set<String> = []
  /// Folders, and all below them, in which changes show only when they are listed; and when the last listing began. A group in them is
  /// not quiet before a listing that came after its quiet time.
  public var listedOnly: [String: Duration] = [:]
  /// Folders with a completion marker, and when it was seen.
  var markers: [String: Duration] = [:]

  /// Nothing noticed yet.
  public init(times: Times) { self.times = times }

  /// The state in which the file at `path` is known; `nil` if it is not.
  public func stamp(of path: String) -> FileStamp? {
    files.id(of: path).flatMap { files[$0] }.map { files.stamp(of: $0) }
  }

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
    let time = now.nanoseconds
    if let id = files.id(of: stamp.path), let record = files[id] {
      if record.matches(stamp) {
        files.update(id) {
          $0.seen = time
          $0.closed = $0.closed || closed
        }
      } else {
        files.update(id) { $0.take(stamp, closed: closed, at: time) }
        touch(record.group, at: time)
      }
    } else {
      _ = files.insert(stamp, closed: closed, at: time)
    }
    if let group { classify(stamp, as: group, at: now) }
  }

  /// Notes whose the file is, as read from its header while it was as `stamp` says. Without effect if the file has changed or
  /// gone since: it then comes up in `readyToClassify` again.
  public mutating func classify(_ stamp: FileStamp, as key: GroupKey, at now: Duration) {
    guard let id = files.id(of: stamp.path), let record = files[id], record.matches(stamp) else { return }
    let index = groupIndex[key]
    if let index, record.role == .member, record.group == index { return }
    if record.group != index { leave(id, record) }
    let group = index ?? newGroup(key, record)
    groups[Int(group)]?.members.insert(id)
    files.update(id) { ($0.role, $0.group) = (.member, group) }
    touch(group, at: record.changed)
  }

  /// Notes that the file, as `stamp` says, is nobody's: it is left alone until it changes.
  public mutating func setAside(_ stamp: FileStamp, at now: Duration) {
    guard let id = files.id(of: stamp.path), let record = files[id], record.matches(stamp) else { return }
    leave(id, record)
    files.update(id) { ($0.role, $0.group) = (.aside, -1) }
  }

  /// Notes that there is no such file any more. A group that has settled already is not reopened by that.
  public mutating func forget(_ path: String, at now: Duration) {
    if let id = files.id(of: path) { forget(id, at: now) }
  }

  /// Notes that the group has to settle again although nothing of it was seen to change: what settled was found to be no more
  /// what is there.
  public mutating func reopen(_ key: GroupKey, at now: Duration) {
    if let index = groupIndex[key] { touch(index, at: now.nanoseconds) }
  }

  /// Notes that the file could not be read to be classified, and will be tried again: what lies beside it waits for it.
  public mutating func markUnread(_ stamp: FileStamp) {
    guard let id = files.id(of: stamp.path), let record = files[id], record.matches(stamp) else { return }
    files.update(id) { $0.isUnread = true }
  }

  /// Notes that it is not known any more whose the file is, although it was not seen to change: it is to be classified anew.
  public mutating func doubt(_ path: String, at now: Duration) {
    guard let id = files.id(of: path), let record = files[id] else { return }
    files.update(id) { ($0.role, $0.changed) = (.unclassified, now.nanoseconds) }
    touch(record.group, at: now.nanoseconds)
  }

  /// Lets the group of the file, if it has one and has not settled, begin its quiet time anew.
  mutating func disturb(_ path: String, at now: Duration) {
    guard let record = files.id(of: path).flatMap({ files[$0] }), open.contains(record.group) else { return }
    touch(record.group, at: now.nanoseconds)
  }

  /// Notes that the group, as it is at `now`, has all its files, by evidence of the caller's: it settles as soon as each was
  /// looked at once more, without its quiet time. Any later change takes that back.
  public mutating func markWhole(_ key: GroupKey, because why: String, at now: Duration) {
    guard let index = groupIndex[key], open.contains(index) else { return }
    groups[Int(index)]?.whole = (now.nanoseconds, why)
  }

  /// How many files the group has; 0 if there is no such group.
  public func memberCount(of key: GroupKey) -> Int {
    groupIndex[key].flatMap { groups[Int($0)] }?.members.count ?? 0
  }

  /// The keys of the groups that have not settled since they last changed.
  public var openKeys: [GroupKey] { open.compactMap { groups[Int($0)]?.key } }

  /// The group as it settled, with its files, to be worked on now. `nil` where it is not what settled any more: then it is gone,
  /// or it settles anew, generation `ticket.generation + 1`, once it is quiet.
  public mutating func redeem(_ ticket: SettledTicket, at now: Duration) -> SettledGroup? {
    guard let index = groupIndex[ticket.key], let group = groups[Int(index)], !open.contains(index),
      group.generation == ticket.generation
    else { return nil }
    guard group.members.count == ticket.fileCount else {
      touch(index, at: now.nanoseconds)  // files of it have gone meanwhile
      return nil
    }
    let stamps = group.members.compactMap { files[$0] }.map { files.stamp(of: $0) }
    return SettledGroup(ticket, files: stamps.sorted { $0.path < $1.path })
  }

  /// Notes that the folder at `path` is gone with everything in it.
  public mutating func forgetFolder(_ path: String, at now: Duration) {
    markers = markers.filter { !isFolder(path, orBelow: $0.key) }
    for id in files.ids(below: path) { forget(id, at: now) }
  }

  /// Notes that the site has declared the folder, and all below it, complete. It holds for what was there by `now`; a group
  /// with a later file settles by quiet.
  public mutating func markComplete(_ folder: String, at now: Duration) { markers[folder] = now }

  mutating func forget(_ id: FileTable.ID, at now: Duration) {
    guard let record = files.remove(id) else { return }
    if open.contains(record.group) { touch(record.group, at: now.nanoseconds) }
    leave(id, record)
  }

  private mutating func newGroup(_ key: GroupKey, _ first: FileTable.Record) -> Int32 {
    let group = Group(key: key, firstSeen: first.firstSeen, changed: first.changed)
    let index: Int32
    if let free = freeGroups.popLast() {
      index = free
      groups[Int(free)] = group
    } else {
      index = Int32(groups.count)
      groups.append(group)
    }
    groupIndex[key] = index
    return index
  }

  /// The group changed: it is open, and its quiet time begins at `time` unless it changed later still.
  private mutating func touch(_ group: Int32, at time: Int64) {
    guard group >= 0, let changed = groups[Int(group)]?.changed else { return }
    groups[Int(group)]?.changed = max(changed, time)
    open.insert(group)
  }

  /// Takes the file out of its group, and the group off the books with its last file.
  private mutating func leave(_ id: FileTable.ID, _ record: FileTable.Record) {
    let index = Int(record.group)
    guard index >= 0 else { return }
    groups[index]?.members.remove(id)
    if let group = groups[index], group.members.isEmpty {
      groupIndex[group.key] = nil
      groups[index] = nil
      open.remove(record.group)
      freeGroups.append(record.group)
    }
  }
}

extension Duration {
  /// Whole nanoseconds; 292 years fit.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}

/// Whether `path` is the folder or lies in it.
func isFolder(_ folder: String, orBelow path: String) -> Bool {
  path == folder || path.utf8.starts(with: (folder == "/" ? "/" : folder + "/").utf8)
}
