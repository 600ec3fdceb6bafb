import Dispatch
import Foundation
import Synchronization

/// Threads of this room's kernels: Dispatch's, outside the cooperative pool. Which thread does which item never changes a
/// result: items write apart from each other and are defined by shapes alone.
public enum Threads {
  /// Processors this process may use.
  public static var available: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// Runs `body` for 0..<count, each item once, on up to `threads` threads, and returns when all are done.
  package static func forEach(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    let workers = max(1, min(threads, count))
    guard workers > 1 else {
      for item in 0..<count { body(item) }
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      let shared = SharedBody(body: body)
      DispatchQueue.concurrentPerform(iterations: workers) { _ in
        while true {
          let item = next.add(1, ordering: .relaxed).oldValue
          guard item < count else { return }
          shared.body(item)
        }
      }
    }
  }

  /// The results of `body` for 0..<count, in order.
  package static func map<Value: Sendable>(_ count: Int, threads: Int, _ body: (Int) -> Value) -> [Value] {
    let results = Mutex([Value?](repeating: nil, count: count))
    forEach(count, threads: threads) { index in
      let value = body(index)
      results.withLock { $0[index] = value }
    }
    return results.withLock { $0.compactMap { $0 } }
  }

  /// `concurrentPerform` returns only after every call has, so the closure outlives none of its captures.
  private struct SharedBody: @unchecked Sendable {
    let body: (Int) -> Void
  }
}
