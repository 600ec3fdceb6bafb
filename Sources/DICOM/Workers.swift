import Dispatch
import Synchronization

/// Runs independent pieces of blocking work on every core, off Swift's cooperative pool.
enum Workers {
  /// `body(0) ... body(count - 1)`, in any order, on as many threads as there are cores; the results are in index order. The first
  /// error by index is thrown; after an error or a cancellation the pieces not yet begun are left out.
  static func map<Value: Sendable, Failure: Error>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws(Failure) -> Value
  ) async throws -> [Value] {
    let stop = CancelFlag()
    return try await withTaskCancellationHandler {
      let results = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          let results = Results<Value, Failure>(count)
          DispatchQueue.concurrentPerform(iterations: count) { index in
            guard !stop.isSet else { return }
            do throws(Failure) {
              results.set(index, .success(try body(index)))
            } catch {
              stop.set()
              results.set(index, .failure(error))
            }
          }
          continuation.resume(returning: results)
        }
      }
      return try results.all()
    } onCancel: {
      stop.set()
    }
  }

  /// ``map`` for work without errors; an empty result means that the task was cancelled.
  static func results<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Value) async -> [Value] {
    (try? await map(count) { (index: Int) throws(Never) in body(index) }) ?? []
  }
}

/// One result for each index, filled from many threads.
private final class Results<Value: Sendable, Failure: Error>: Sendable {
  private let slots: Mutex<[Result<Value, Failure>?]>

  init(_ count: Int) { slots = Mutex(Array(repeating: nil, count: count)) }

  func set(_ index: Int, _ result: Result<Value, Failure>) { slots.withLock { $0[index] = result } }

  func all() throws -> [Value] {
    let slots = slots.withLock { $0 }
    for case .failure(let error)? in slots { throw error }
    return try slots.map {
      guard case .success(let value)? = $0 else { throw CancellationError() }
      return value
    }
  }
}
