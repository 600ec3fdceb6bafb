import Foundation
import Synchronization

/// Watches inboxes, folders in them included, with libinotifytools on a thread of its own, and tells what happens in them.
///
/// One per process (``WatchError/alreadyWatching``). The first event of each inbox is `rescanNeeded(_, .started)`, sent when
/// the watches are set: files that were there before are found by the same ``Rescan`` as after a lost event.
public final class Watcher: Sendable {
  private static let taken = Mutex(false)

  private let mailbox: EventMailbox
  private let work: WatchWork

  /// What happens in the inboxes; one consumer.
  public var events: FileEvents { FileEvents(mailbox: mailbox) }

  /// Everything that has happened and was not taken yet, oldest first; never waits. For a consumer that looks regularly instead
  /// of iterating over ``events``; use one or the other.
  public func take() -> [FileEvent] { mailbox.take() }

  /// Starts watching `inboxes` and returns when every folder in them has its watch, as far as there are any. At most `bufferLimit` events wait for the
  /// consumer; more become a rescan. Every `rescanPeriod` each inbox is to be listed again; `nil` leaves the choice to
  /// ``FileSystemKind/rescanPeriod(chosen:)`` of the file system it lies on. Throws if an inbox is missing or lies in another, the process has a watcher already, or
  /// inotify cannot be had. Where the system allows too few watches, what has none is listed every 30 seconds (`blind` tells of it).
  public static func start(
    _ inboxes: [Inbox], bufferLimit: Int = 65_536, rescanPeriod: Duration? = nil
  ) async throws(WatchError) -> Watcher {
    try await start(inboxes, bufferLimit: bufferLimit, rescanPeriod: rescanPeriod) {}
  }

  /// As above; `first` runs on the watcher's thread when the watches are set and before any event is read.
  package static func start(
    _ inboxes: [Inbox], bufferLimit: Int = 65_536, rescanPeriod: Duration? = nil, first: @escaping @Sendable () -> Void
  ) async throws(WatchError) -> Watcher {
    for outer in inboxes {
      if let inner = inboxes.first(where: { $0 != outer && outer.contains($0.path) }) {
        throw .inboxesOverlap(outer: outer.path, inner: inner.path)
      }
    }
    let free = taken.withLock { taken in
      defer { taken = true }
      return !taken
    }
    guard free else { throw .alreadyWatching }
    let distinct = inboxes.reduce(into: [Inbox]()) { if !$0.contains($1) { $0.append($1) } }
    let mailbox = EventMailbox(inboxes: distinct, limit: bufferLimit)
    let work = WatchWork(mailbox: mailbox) { taken.withLock { $0 = false } }
    let started = await withCheckedContinuation { (started: CheckedContinuation<Result<Void, WatchError>, Never>) in
      work.begin(distinct, rescanPeriod: rescanPeriod, first: first) { started.resume(returning: $0) }
    }
    try started.get()
    return Watcher(mailbox: mailbox, work: work)
  }

  private init(mailbox: EventMailbox, work: WatchWork) {
    self.mailbox = mailbox
    self.work = work
  }

  deinit { work.askToStop() }

  /// Stops at once (within a second where the system has no files in memory); events already noticed can still be read, then the sequence ends.
  public func stop() async { await work.stop() }
}

/// The watcher's thread and how it is told to stop.
final class WatchWork: Sendable {
  private struct State {
    var ended = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let mailbox: EventMailbox
  private let release: @Sendable () -> Void
  private let stopping = Atomic<Bool>(false)
  private let bell = Bell()
  private let state = Mutex(State())

  init(mailbox: EventMailbox, release: @escaping @Sendable () -> Void) {
    self.mailbox = mailbox
    self.release = release
  }

  func begin(
    _ inboxes: [Inbox], rescanPeriod: Duration?, first: @escaping @Sendable () -> Void,
    started: @escaping @Sendable (Result<Void, WatchError>) -> Void
  ) {
    let thread = Thread { [self] in
      let failure = work(inboxes, rescanPeriod, first) { started(.success(())) }
      end()
      if let failure { started(.failure(failure)) }
    }
    thread.name = "vigil-watcher"
    thread.stackSize = 4 << 20
    thread.start()
  }

  /// All that the thread does; everything it has opened is closed when it returns.
  private func work(
    _ inboxes: [Inbox], _ rescanPeriod: Duration?, _ first: () -> Void, started: () -> Void
  ) -> WatchError? {
    do throws(WatchError) {
      let loop = try WatchLoop(inboxes: inboxes, mailbox: mailbox, bell: bell, rescanPeriod: rescanPeriod)
      started()
      first()
      loop.run { stopping.load(ordering: .acquiring) }
      return nil
    } catch {
      return error
    }
  }

  func askToStop() {
    stopping.store(true, ordering: .releasing)
    bell.ring()
  }

  func stop() async {
    askToStop()
    await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
      let ended = state.withLock { state in
        if !state.ended { state.waiters.append(waiter) }
        return state.ended
      }
      if ended { waiter.resume() }
    }
  }

  private func end() {
    release()
    mailbox.finish()
    let waiters = state.withLock { state in
      state.ended = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
