internal import Foundation

/// Runs long, blocking work on a thread of its own, so that the cooperative pool stays free.
func onOwnThread<Value: Sendable>(named name: String, _ work: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    let thread = Thread { continuation.resume(returning: work()) }
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
  }
}
