internal import Foundation

/// Runs long, blocking work on a thread of its own, so that the cooperative pool stays free. Throws where the system gives no
/// thread, for want of memory as a rule: `Thread` would say nothing, and the caller wait for ever.
func onOwnThread<Value: Sendable>(
  named name: String, _ work: @escaping @Sendable () -> Value
) async throws(AgentError) -> Value {
  let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, AgentError>, Never>) in
    do throws(AgentError) {
      try startThread(named: name) { continuation.resume(returning: .success(work())) }
    } catch {
      continuation.resume(returning: .failure(error))
    }
  }
  return try result.get()
}

/// Starts a thread that nobody waits for. Throws where the system gives none.
func startThread(named name: String, _ work: @escaping @Sendable () -> Void) throws(AgentError) {
  let code = ThreadBody.start(name, work)
  guard code == 0 else {
    throw AgentError(
      "no thread can be started (\(String(cString: strerror(code)))): give the agent more memory or threads")
  }
}

/// What a thread is to do.
private final class ThreadBody {
  private static let stackBytes = 8 << 20

  let name: String
  let work: @Sendable () -> Void

  private init(_ name: String, _ work: @escaping @Sendable () -> Void) { (self.name, self.work) = (name, work) }

  /// Starts a thread that nobody joins; 0, or the value of errno why there is none.
  static func start(_ name: String, _ work: @escaping @Sendable () -> Void) -> Int32 {
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    pthread_attr_init(attributes)
    defer {
      pthread_attr_destroy(attributes)
      attributes.deallocate()
    }
    pthread_attr_setstacksize(attributes, stackBytes)
    let body = Unmanaged.passRetained(ThreadBody(name, work))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, attributes,
      { raw in
        guard let raw else { return nil }
        let body = Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue()
        Thread.current.name = body.name
        body.work()
        return nil
      }, body.toOpaque())
    if code == 0 { pthread_detach(thread) } else { body.release() }
    return code
  }
}
