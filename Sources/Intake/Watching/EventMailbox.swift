import Synchronization

/// Where the watcher's thread leaves events for the one consumer. Later news of a path replaces earlier news of it; when
/// more than `limit` paths are waiting they are all dropped for one `rescanNeeded` per inbox. So memory is bounded, and
/// what is lost here costs a rescan and never a scan.
final class EventMailbox: Sendable {
  private struct State {
    /// In order of arrival; `nil` where later news replaced an event.
    var events: [FileEvent?] = []
    var position: [Subject: Int] = [:]
  }

  private enum Subject: Hashable {
    case path(String)
    case folder(String)
    case marker(String)
    case rescan(Inbox)
    case lost(Inbox)
    case found(Inbox)
    case blind
  }

  private let state = Mutex(State())
  private let limit: Int
  private let inboxes: [Inbox]
  /// Yields whenever there may be something to take; ends after `finish`.
  let signal: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  init(inboxes: [Inbox], limit: Int) {
    self.inboxes = inboxes
    self.limit = limit
    (signal, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  func post(_ event: FileEvent) {
    state.withLock { state in
      Self.put(event, into: &state)
      if state.position.count > limit { relieve(&state) }
      if state.events.count > 2 * state.position.count + 64 { Self.compact(&state) }
    }
    bell.yield()
  }

  /// Everything waiting, oldest first.
  func take() -> [FileEvent] {
    state.withLock { state in
      let taken = state.events.compactMap { $0 }
      state = State()
      return taken
    }
  }

  func finish() { bell.finish() }

  private static func put(_ event: FileEvent, into state: inout State) {
    let subject = subject(of: event)
    if let old = state.position[subject] { state.events[old] = nil }
    state.position[subject] = state.events.count
    state.events.append(event)
  }

  private func relieve(_ state: inout State) {
    let kept = state.events.compactMap { $0 }.filter { !Self.isFoundByRescan($0) }
    state = State()
    for event in kept { Self.put(event, into: &state) }
    for inbox in inboxes { Self.put(.rescanNeeded(inbox, .backPressure), into: &state) }
  }

  private static func compact(_ state: inout State) {
    let kept = state.events.compactMap { $0 }
    state = State()
    for event in kept { put(event, into: &state) }
  }

  private static func isFoundByRescan(_ event: FileEvent) -> Bool {
    switch event {
    case .changed, .gone, .folderGone, .completed, .unusable, .rescanNeeded: true
    case .rootLost, .rootFound, .blind: false
    }
  }

  private static func subject(of event: FileEvent) -> Subject {
    switch event {
    case .changed(let path, _), .gone(let path): .path(path)
    case .folderGone(let path): .folder(path)
    case .completed(let folder): .marker(folder)
    case .rescanNeeded(let inbox, _): .rescan(inbox)
    case .unusable(let file): .path(file.path)
    case .rootLost(let inbox, _): .lost(inbox)
    case .rootFound(let inbox): .found(inbox)
    case .blind: .blind
    }
  }
}
