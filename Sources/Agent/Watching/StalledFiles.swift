internal import Intake

/// Files that could not be looked at or read for a cause that can pass, and when each is tried again.
struct StalledFiles {
  private struct Stall {
    var attempts = 0
    var due = Duration.zero
  }

  /// Pauses between the attempts; nil: nothing is tried twice.
  private let pauses: RetryPauses?
  private var stalls: [String: Stall] = [:]

  init(pauses: RetryPauses?) { self.pauses = pauses }

  var paths: Set<String> { Set(stalls.keys) }

  /// Notes that an attempt has failed. False, and forgotten, when there is to be no further one.
  mutating func note(_ path: String, at now: Duration) -> Bool {
    var stall = stalls[path] ?? Stall()
    stall.attempts += 1
    guard let pause = pauses?.pause(after: stall.attempts) else {
      stalls[path] = nil
      return false
    }
    stall.due = now + pause
    stalls[path] = stall
    return true
  }

  /// Whether it is to be left alone for now.
  func waits(_ path: String, at now: Duration) -> Bool { stalls[path].map { now < $0.due } ?? false }

  /// Those whose pause is over.
  func due(at now: Duration) -> [String] { stalls.filter { now >= $0.value.due }.map { $0.key } }

  mutating func forget(_ path: String) { stalls[path] = nil }

  mutating func forget(below folder: String) {
    let prefix = folder == "/" ? "/" : folder + "/"
    stalls = stalls.filter { !$0.key.hasPrefix(prefix) }
  }
}
