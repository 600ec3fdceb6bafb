/// What the watcher noticed. An event says where to look, not what is there: by the time it is read the file may have
/// changed again, so ask `FileStamp.current` (``Settling/refresh(_:closed:at:)`` does). Lost events become `rescanNeeded`.
public enum FileEvent: Sendable, Hashable {
  /// A file appeared or changed.
  case changed(path: String, Change)
  /// A file was deleted or moved out.
  case gone(path: String)
  /// A folder was deleted or moved out, with everything in it.
  case folderGone(path: String)
  /// The marker ``WaitingNames/completionMarker`` appeared in this folder.
  case completed(folder: String)
  /// Something that can never be part of a scan.
  case unusable(UnusableFile)
  /// Events may have been lost, or none were to be had: list the inbox with ``Rescan`` and reconcile.
  case rescanNeeded(Inbox, RescanCause)
  /// The inbox is gone; nothing in it can be read. The watcher waits for it to come back.
  case rootLost(Inbox, RootLoss)
  /// The inbox is there again; `rescanNeeded` follows.
  case rootFound(Inbox)
  /// Some folders can no longer be watched (see the error). The others still are; rescans still find everything.
  case blind(WatchError)

  /// How a file was noticed.
  public enum Change: Sendable, Hashable {
    /// Created, hard-linked or found in a new folder: somebody may be writing it still.
    case appeared
    /// Written to, or its attributes changed: somebody may be writing it still.
    case modified
    /// Closed by a process that had it open for writing.
    case closed
    /// Renamed to this name.
    case renamed
  }

  /// Why an inbox has to be listed.
  public enum RescanCause: String, Sendable, Hashable {
    /// Watching begins: files may have been there before.
    case started
    /// The kernel's event queue overflowed (`fs.inotify.max_queued_events`).
    case overflow
    /// The consumer was too slow for the watcher's bounded buffer.
    case backPressure
    /// The inbox was lost and is back.
    case rootFound
    /// Something was mounted or unmounted below the inbox.
    case mountsChanged
    /// It is time again: the inbox lies on a file system whose changes go unseen, or the site wants it so.
    case periodic
    /// Some folder cannot be watched, so everything is listed every 30 seconds.
    case blind
    /// The watches were set anew to keep libinotifytools' books small or true.
    case renewed
  }

  /// How an inbox was lost.
  public enum RootLoss: String, Sendable, Hashable {
    /// Deleted.
    case deleted
    /// Renamed or moved away, or a folder above it was.
    case moved
    /// Its file system was unmounted.
    case unmounted
    /// Another folder or file system is now in its place.
    case replaced
  }
}
