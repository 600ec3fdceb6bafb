import Foundation
import Synchronization

/// SIGINT and SIGTERM as a request to stop at the next good place. The second one ends the process at once, as it would have without this.
enum StopSignals {
  /// The signal that came first; 0: none.
  private static let received = Atomic<Int32>(0)

  private static let all = [SIGINT, SIGTERM]

  /// The number of the signal that asked to stop, if one did.
  static var requested: Int32? {
    let signal = received.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// From now on signals are requests.
  static func listen() {
    received.store(0, ordering: .relaxed)  // also makes sure that the handler finds it initialised
    for number in all {
      signal(number) { number in
        guard StopSignals.received.exchange(number, ordering: .relaxed) != 0 else { return }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// From now on they are ignored: the process is at its end.
  static func ignore() { for number in all { signal(number, SIG_IGN) } }

  /// From now on they end the process again.
  static func end() { for number in all { signal(number, SIG_DFL) } }
}
