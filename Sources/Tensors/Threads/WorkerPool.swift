internal import CKernels

/// A fixed set of operating-system threads for the kernels, with denormals flushed on each.
///
/// The engine cuts its work into tasks by shape alone and lets whichever thread is free take the next, so a result is
/// the same to the bit for any number of threads. They are
/// not Swift's cooperative threads, which must not be blocked for the length of a layer.
public final class WorkerPool: @unchecked Sendable {
  // Sendable: the C pool lets concurrent calls take turns, and nothing else is mutable.

  /// Threads that work, the caller of `run` included.
  public let threads: Int
  private let pool: OpaquePointer

  /// `threads` at least 1; the processor's cores when nil. Falls back to fewer when the system refuses to make them.
  public init(threads: Int? = nil) {
    var wanted = max(1, threads ?? Self.processors)
    var made = vigil_pool_create(Int32(wanted))
    while made == nil, wanted > 1 {
      wanted -= 1
      made = vigil_pool_create(Int32(wanted))
    }
    guard let made else { fatalError("out of memory: cannot allocate a worker pool of one thread") }
    self.threads = wanted
    pool = made
  }

  deinit { vigil_pool_destroy(pool) }

  /// Calls `body(task, worker)` once for every task in `0..<count`, concurrently and in no particular order, and returns
  /// when all are done. `worker` in `0..<threads` names the thread, for scratch memory. Not from within a task.
  package func run(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var call = Call(body: body)
      withUnsafeMutablePointer(to: &call) { context in
        vigil_pool_run(
          pool, count,
          { context, task, worker in
            context?.assumingMemoryBound(to: Call.self).pointee.body(Int(task), Int(worker))
          }, context)
      }
    }
  }

  private struct Call {
    let body: (Int, Int) -> Void
  }

  private static let processors = Int(vigil_processors())
}
