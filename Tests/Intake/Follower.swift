import Foundation
import Intake
import Synchronization

/// Follows a watcher as the agent does: keeps what it knows of the inboxes in a `Settling`, from events, and from rescans when
/// the watcher asks for one.
final class Follower: Sendable {
  private struct State {
    var known = Settling(times: .init(settle: .seconds(3600)))
    var events: [FileEvent] = []
    var unusable: [UnusableFile] = []
  }

  private let state = Mutex(State())
  let watcher: Watcher
  private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

  init(
    _ inboxes: [Inbox], bufferLimit: Int = 65_536, rescanPeriod: Duration? = nil, delay: Duration? = nil,
    first: @escaping @Sendable () -> Void = {}
  ) async throws {
    watcher = try await Watcher.start(inboxes, bufferLimit: bufferLimit, rescanPeriod: rescanPeriod, first: first)
    let following = Task { [self] in
      if let delay { try? await Task.sleep(for: delay) }
      for await event in watcher.events { take(event) }
    }
    task.withLock { $0 = following }
    try await waitUntil { $0.contains { if case .rescanNeeded(_, .started) = $0 { true } else { false } } }
  }

  private func take(_ event: FileEvent) {
    state.withLock { state in
      switch event {
      case .changed(let path, let change):
        do throws(UnusableFile) {
          try state.known.refresh(path, closed: change == .closed, at: .zero)
        } catch { state.unusable.append(error) }
      case .gone(let path): try? state.known.refresh(path, at: .zero)
      case .folderGone(let path): state.known.forgetFolder(path, at: .zero)
      case .completed(let folder): state.known.markComplete(folder, at: .zero)
      case .unusable(let file): state.unusable.append(file)
      case .rescanNeeded(let inbox, _):
        if let listing = try? Rescan.list(inbox) { state.known.reconcile(listing, of: inbox, at: .zero) }
      case .rootLost(let inbox, _): state.known.forgetFolder(inbox.path, at: .zero)
      case .rootFound, .blind: break
      }
      state.events.append(event)
    }
  }

  var known: Int { state.withLock { $0.known.fileCount } }
  var events: [FileEvent] { state.withLock { $0.events } }
  var unusable: [UnusableFile] { state.withLock { $0.unusable } }
  func knows(_ path: String) -> Bool { state.withLock { $0.known.stamp(of: path) != nil } }

  /// Rescans asked for since the start, which a test that is about events must not need.
  var rescans: Int {
    events.count { if case .rescanNeeded(_, let cause) = $0 { cause != .started } else { false } }
  }

  /// What is known equals what is there.
  func agrees(with inbox: Inbox) -> Bool {
    guard let listing = try? Rescan.list(inbox) else { return false }
    return state.withLock { state in
      state.known.fileCount == listing.files.count
        && listing.files.allSatisfy { state.known.stamp(of: $0.path) == $0 }
    }
  }

  /// Waits until the events satisfy `condition`; a minute is generous, not what is measured.
  func waitUntil(_ condition: @Sendable ([FileEvent]) -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition(events) {
      guard ContinuousClock.now < deadline else { throw NotInTime(events: Array(events.suffix(20))) }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Waits until what is known equals what is there.
  func waitUntilAgrees(with inbox: Inbox) async throws {
    do {
      try await waitUntil { _ in self.agrees(with: inbox) }
    } catch {
      throw Disagreement(missing: try missing(in: inbox), events: (error as? NotInTime)?.events ?? [])
    }
  }

  /// What is there and not known as it is.
  private func missing(in inbox: Inbox) throws -> [String] {
    let files = try Rescan.list(inbox).files
    return state.withLock { state in files.filter { state.known.stamp(of: $0.path) != $0 }.map { $0.path } }
  }

  func stop() async {
    await watcher.stop()
    await task.withLock { $0 }?.value
  }
}

struct NotInTime: Error {
  let events: [FileEvent]
}

/// Empty `missing`: something is known that is no longer there.
struct Disagreement: Error {
  let missing: [String]
  let events: [FileEvent]
}
