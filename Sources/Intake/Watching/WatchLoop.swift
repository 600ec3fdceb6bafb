import CInotifyTools
import Glibc

/// What the watcher's thread does. Every call of libinotifytools is made from here, on that one thread.
final class WatchLoop {
  let inboxes: [Inbox]
  let mailbox: EventMailbox
  /// `nil` only while inotify cannot be had again.
  var library: InotifyTools?
  var table = WatchTable()
  /// The identity of each inbox that is being watched; none for one that is lost.
  var roots: [Inbox: FolderIdentity] = [:]
  /// The library lost count of its watches: everything is to be set anew.
  var renewalDue = false
  /// Since when some folder is not being watched.
  var blindSince: ContinuousClock.Instant?
  private let mounts: MountChanges
  private let bell: Bell
  private let rescanPeriod: Duration?
  /// How often each inbox is to be listed, and when that was last asked for.
  private var periodic: [Inbox: (period: Duration, last: ContinuousClock.Instant)] = [:]

  /// Sets every watch. Throws what keeps watching from beginning.
  init(inboxes: [Inbox], mailbox: EventMailbox, bell: Bell, rescanPeriod: Duration? = nil) throws(WatchError) {
    self.inboxes = inboxes
    self.bell = bell
    self.rescanPeriod = rescanPeriod
    self.mailbox = mailbox
    mounts = MountChanges(below: inboxes)
    library = try InotifyTools()
    library?.watch(bell)
    do {
      for inbox in inboxes {
        try watchRoot(inbox)
        mailbox.post(.rescanNeeded(inbox, .started))
      }
    } catch {
      shutDown()
      throw error
    }
  }

  /// Hands events on until `stopping` says so, then shuts the library down.
  func run(until stopping: () -> Bool) {
    var lastLook = ContinuousClock.now
    while !stopping() {
      if library == nil { sleep(1) }
      if let event = library?.next(seconds: 1) { handle(event) }
      let now = ContinuousClock.now
      if now - lastLook >= .seconds(1) {
        lastLook = now
        lookAround(now)
      }
    }
    shutDown()
  }

  /// While a folder cannot be watched, everything is tried anew, and listed, this often.
  static let blindPeriod: Duration = .seconds(30)

  /// Once a second: what inotify does not tell.
  private func lookAround(_ now: ContinuousClock.Instant) {
    for inbox in inboxes { lookAtRoot(inbox) }
    if mounts.happened() {
      renew(.mountsChanged)
    } else if renewalDue || library == nil || staleWatches > max(1024, table.count) {
      renew(.renewed)
    } else if let blindSince, now - blindSince >= Self.blindPeriod {
      renew(.blind)
    }
    for inbox in inboxes where roots[inbox] != nil {
      guard let (period, last) = periodic[inbox], now - last >= period else { continue }
      periodic[inbox] = (period, now)
      mailbox.post(.rescanNeeded(inbox, .periodic))
    }
  }

  /// Begins anew: every watch is set again, and a rescan finds what happened meanwhile. The one way out of every doubt.
  func renew(_ cause: FileEvent.RescanCause) {
    shutDown()
    renewalDue = false
    blindSince = nil
    do throws(WatchError) { library = try InotifyTools() } catch { return tellBlind(error) }
    library?.watch(bell)
    for inbox in inboxes where roots[inbox] != nil {
      do throws(WatchError) {
        try watchRoot(inbox)
        mailbox.post(.rescanNeeded(inbox, cause))
      } catch {
        if case .inboxUnavailable(_, let code) = error, code == ESTALE {
          lose(inbox, .replaced)
        } else {
          lose(inbox, .moved)
        }
        mailbox.post(.rescanNeeded(inbox, cause))
      }
    }
  }

  /// Watches that take room, in the kernel or in the library, and stand for nothing.
  var staleWatches: Int { (library?.dropped ?? 0) + table.orphanCount }

  private func shutDown() {
    library?.shutDown()
    library = nil
    table = WatchTable()
  }

  /// Watches an inbox and every folder in it, saying nothing of the files. Where the watches run out it is listed instead. Where another
  /// folder has taken the place of the one that was watched (a file system unmounted just now), it is refused with `ESTALE`: that must be
  /// told as a loss before it is watched.
  func watchRoot(_ inbox: Inbox) throws(WatchError) {
    guard let identity = FolderIdentity(inbox.path) else { throw .inboxUnavailable(path: inbox.path, errno: ENOENT) }
    if let watched = roots[inbox], watched != identity { throw .inboxUnavailable(path: inbox.path, errno: ESTALE) }
    do throws(WatchError) {
      try watchTree(inbox.path, parent: nil, depth: 0, telling: false)
      guard table.isWatched(inbox.path) else { throw .inboxUnavailable(path: inbox.path, errno: EACCES) }
    } catch {
      guard case .watchLimitReached = error else { throw error }
      tellBlind(error)
    }
    roots[inbox] = identity
    // Asked each time, because another file system may have been mounted there.
    let kind = try FileSystemKind(of: inbox)
    periodic[inbox] = kind.rescanPeriod(chosen: rescanPeriod).map { ($0, .now) }
  }

  /// Says that something is not being watched; what is there already is listed at once.
  func tellBlind(_ error: WatchError) {
    if blindSince == nil {
      blindSince = .now
      for inbox in inboxes where roots[inbox] != nil { mailbox.post(.rescanNeeded(inbox, .blind)) }
    }
    mailbox.post(.blind(error))
  }
}
