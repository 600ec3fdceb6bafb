import CInotifyTools

/// What each inotify event (inotify(7)) means for an inbox.
extension WatchLoop {
  func handle(_ event: InotifyTools.Event) {
    let has = { (bit: Int32) in event.mask & UInt32(bitPattern: bit) != 0 }
    if has(IN_Q_OVERFLOW) { return renew(.overflow) }
    if has(IN_IGNORED) {
      library?.kernelDropped(event.watch)
      return table.remove(event.watch)
    }
    guard let folder = table.path(of: event.watch) else { return }
    if event.name == "" {
      handleSelf(event, folder: folder)
    } else if let name = event.name {
      if has(Int32(IN_ISDIR)) {
        handleFolder(event, parent: folder, name: name)
      } else {
        handleFile(event, folder: folder, name: name)
      }
    } else if !has(IN_DELETE), !has(IN_MOVED_FROM) {
      tellBadName(in: folder, escaped: event.escaped)
    }
  }

  private func handleFile(_ event: InotifyTools.Event, folder: String, name: String) {
    let has = { (bit: Int32) in event.mask & UInt32(bitPattern: bit) != 0 }
    if has(IN_DELETE) || has(IN_MOVED_FROM) {
      guard !WaitingNames.isWaiting(name) else { return }
      return mailbox.post(.gone(path: joined(folder, name)))
    }
    let change: FileEvent.Change =
      has(IN_CLOSE_WRITE) ? .closed : has(IN_MOVED_TO) ? .renamed : has(IN_CREATE) ? .appeared : .modified
    tellFile(in: folder, name: name, change)
  }

  private func handleFolder(_ event: InotifyTools.Event, parent: String, name: String) {
    let has = { (bit: Int32) in event.mask & UInt32(bitPattern: bit) != 0 }
    let path = joined(parent, name)
    if has(IN_DELETE) {
      // Its watch is dying in the kernel: IN_IGNORED takes it off the table.
      mailbox.post(.folderGone(path: path))
    } else if has(IN_MOVED_FROM) {
      table.removeTree(path)
      mailbox.post(.folderGone(path: path))
    } else if has(IN_CREATE) || has(IN_MOVED_TO) || !table.isWatched(path) {
      guard !WaitingNames.isWaiting(name) else { return }
      let depth = path.utf8.count { $0 == UInt8(ascii: "/") } - rootDepth(of: path)
      do { try watchTree(path, parent: parent, depth: depth, telling: true) } catch { tellBlind(error) }
    }
  }

  private func handleSelf(_ event: InotifyTools.Event, folder: String) {
    let has = { (bit: Int32) in event.mask & UInt32(bitPattern: bit) != 0 }
    let inbox = inboxes.first { $0.path == folder && roots[$0] != nil }
    if has(IN_UNMOUNT) {
      if let inbox { lose(inbox, .unmounted) } else { mailbox.post(.folderGone(path: folder)) }
    } else if has(IN_DELETE_SELF), let inbox {
      lose(inbox, .deleted)
    } else if has(IN_MOVE_SELF), let inbox {
      lose(inbox, .moved)
    }
  }

  private func rootDepth(of path: String) -> Int {
    guard let inbox = inboxes.first(where: { $0.contains(path) }) else { return 0 }
    return inbox.path == "/" ? 0 : inbox.path.utf8.count { $0 == UInt8(ascii: "/") }
  }
}
