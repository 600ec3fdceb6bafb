internal import Foundation

/// Ends the process where the system gives it no thread any more, for want of address space or of processes as a rule. Dispatch, and
/// with it Swift's own pool, then tries once a second for ever and says nothing: the agent would be there and do nothing.
public enum ThreadWatch {
  /// So many seconds in a row without a thread, and the process ends. Less than SIGTERM is promised to take.
  private static let patience = 8
  /// A process that uses more than this share of one processor meanwhile is at work on the threads that it has.
  private static let busyShare = 0.1
  private static let stackBytes = 256 << 10
  /// EX_UNAVAILABLE of sysexits.h, as for all that keeps the agent from going on.
  private static let status: Int32 = 69

  /// Begins to look, once a second, for as long as the process lives.
  public static func begin() throws(AgentError) {
    let code = start(stackBytes: stackBytes) { _ in ThreadWatch.look() }
    guard code == 0 else { throw AgentError(words(code)) }
  }

  private static func look() -> Never {
    var (failures, before) = (0, processorSeconds)
    while true {
      sleep(1)
      let code = start(stackBytes: nil) { _ in nil }
      if code == 0 { (failures, before) = (0, processorSeconds) } else { failures += 1 }
      guard failures >= patience, processorSeconds - before < busyShare * Double(failures) else { continue }
      FileHandle.standardError.write(Data("vigil: \(words(code))\n".utf8))
      _exit(status)
    }
  }

  private static func words(_ code: Int32) -> String {
    "no thread can be started (\(String(cString: strerror(code)))): give the process more memory, address space (ulimit -v) "
      + "or processes (ulimit -u); what was under way is taken up at the next start"
  }

  /// A thread that nobody joins; 0, or the value of errno why there is none. Without `stackBytes` it is as large as Dispatch's.
  private static func start(
    stackBytes: Int?, _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
  ) -> Int32 {
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    pthread_attr_init(attributes)
    defer {
      pthread_attr_destroy(attributes)
      attributes.deallocate()
    }
    pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
    if let stackBytes { pthread_attr_setstacksize(attributes, stackBytes) }
    var thread = pthread_t()
    return pthread_create(&thread, attributes, body, nil)
  }

  /// What all threads have used, seconds.
  private static var processorSeconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}
