import Glibc

/// Setting watches on folders and telling what is in them.
extension WatchLoop {
  /// Watches the folder at `path`, then lists it, in that order: what comes before the watch is listed, what comes after it
  /// is an event, what comes in between is both. With `telling` the files in it are told of. Throws only
  /// ``WatchError/watchLimitReached(path:limit:)``.
  func watchTree(_ path: String, parent: String?, depth: Int, telling: Bool) throws(WatchError) {
    guard depth <= FolderStream.maximumDepth else {
      return mailbox.post(.unusable(UnusableFile(path: path, kind: .tooDeep)))
    }
    switch library?.watch(path) ?? .lost {
    case .watch(let watch): table.insert(watch, path: path, parent: parent, identity: FolderIdentity(path))
    case .already: guard adopt(path, parent: parent) else { return }
    case .lost: return renewalDue = true
    case .failed(ENOSPC) where staleWatches > 0: return renewalDue = true
    case .failed(ENOSPC): throw .watchLimitReached(path: path, limit: InotifyTools.watchLimit)
    case .failed(ENOENT), .failed(ENOTDIR), .failed(ELOOP): return
    case .failed(let code): return tellUnreadable(path, code)
    }
    let children: [String]
    do throws(SystemFailure) {
      children = try list(path, telling: telling)
    } catch {
      // One that is gone again has its own event.
      if ![ENOENT, ENOTDIR, ELOOP].contains(error.code) { tellUnreadable(path, error.code) }
      return
    }
    for name in children {
      try watchTree(joined(path, name), parent: path, depth: depth + 1, telling: telling)
    }
  }

  /// The folder at `path` has a watch from before: under this name, or under one it no longer has (then the watch is taken
  /// over; the event about the rename may be still to come). False if it is being watched under another name that it also
  /// has (a bind mount): its files are told of once.
  private func adopt(_ path: String, parent: String?) -> Bool {
    guard let identity = FolderIdentity(path) else { return false }
    if let known = table.known(identity) {
      if known.path == path { return true }
      if FolderIdentity(known.path) == identity { return false }
      // Only this watch: another folder may be at the old path by now, and what is in this one is listed next.
      table.remove(known.watch)
      table.insert(known.watch, path: path, parent: parent, identity: identity)
      return true
    }
    guard let watch = table.orphan(of: identity) else {
      renewalDue = true
      return false
    }
    table.insert(watch, path: path, parent: parent, identity: identity)
    return true
  }

  /// The names of the folders in the folder at `path`.
  private func list(_ path: String, telling: Bool) throws(SystemFailure) -> [String] {
    var folder = try FolderStream(path: path)
    var children: [String] = []
    while let entry = try folder.next() {
      guard let name = entry.text else {
        if telling { tellBadName(in: path, escaped: entry.escaped) }
        continue
      }
      if isFolder(entry, of: folder) {
        if !WaitingNames.isWaiting(name) { children.append(name) }
      } else if telling {
        tellFile(in: path, name: name, .appeared)
      }
    }
    return children
  }

  private func isFolder(_ entry: FolderStream.Entry, of folder: borrowing FolderStream) -> Bool {
    if entry.type != UInt8(DT_UNKNOWN) { return entry.type == UInt8(DT_DIR) }
    let status = try? folder.status(of: entry)
    return status.map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Tells of a file unless its name says that it is to wait.
  func tellFile(in folder: String, name: String, _ change: FileEvent.Change) {
    if name == WaitingNames.completionMarker {
      mailbox.post(.completed(folder: folder))
    } else if !WaitingNames.isWaiting(name) {
      mailbox.post(.changed(path: joined(folder, name), change))
    }
  }

  /// Names a file whose name is not UTF-8.
  func tellBadName(in folder: String, escaped: String) {
    mailbox.post(.unusable(UnusableFile(path: joined(folder, escaped), kind: .nameNotUTF8)))
  }

  /// What may be had another time is tried again like all that cannot be watched, and what happens in it meanwhile shows only in listings.
  private func tellUnreadable(_ path: String, _ code: Int32) {
    if PassingCause.holds(code) { tellBlind(.folderUnwatched(errno: code)) }
    mailbox.post(.unusable(UnusableFile(path: path, kind: .unreadable(errno: code))))
  }

  /// The path of an entry of a folder.
  func joined(_ folder: String, _ name: String) -> String { folder == "/" ? "/" + name : folder + "/" + name }
}
