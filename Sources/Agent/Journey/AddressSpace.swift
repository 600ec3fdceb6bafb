internal import DICOM
internal import Foundation
internal import Synchronization

/// What a process may map in all: `ulimit -v` and `ulimit -d`, `LimitAS=` and `LimitDATA=` of a unit.
///
/// With too little of it nothing behaves: no thread starts, DCMTK reads half its dictionary, OpenBLAS asks for its buffer again and
/// again and for ever. So an agent does not begin with less than it needs, and records nothing against a scan when there is
/// nothing left.
enum AddressSpace {
  /// What an agent maps without its threads, bytes: program, libraries, the C library's heaps and a small scan (254 MiB at rest; 590 measured while
  /// it worked, with a heap for each thread), and reserve.
  private static let base = 832 << 20
  /// What each thread that computes maps, bytes: OpenBLAS's buffer (128 MiB) and a stack (8 MiB).
  private static let perThread = 136 << 20
  /// What has to be left before anything is recorded against a scan, bytes.
  private static let reserve = 64 << 20

  /// Bytes that may still be mapped; nil where nothing limits them.
  static var left: Int? {
    let spaces = [(RLIMIT_AS.rawValue, "VmSize:"), (RLIMIT_DATA.rawValue, "VmData:")]
    return spaces.compactMap { resource, key in
      limit(resource).map { max(0, $0 - (ProcessMemory.kilobytes(key, in: "/proc/self/status") << 10)) }
    }.min()
  }

  /// For how many threads OpenBLAS has its buffers by now; it never gives them back.
  private static let provided = Atomic<Int>(0)

  /// Notes that so many threads have computed.
  static func provide(for threads: Int) {
    provided.store(max(threads, provided.load(ordering: .relaxed)), ordering: .relaxed)
  }

  /// What so many threads that compute will map beyond what is mapped, bytes.
  static func taken(by threads: Int) -> Int { max(0, threads - provided.load(ordering: .relaxed)) * perThread }

  /// Throws where the process may not map what an agent with so many threads (nil: one for each processor) needs; from now on it
  /// ends where memory for DCMTK and its like is refused, because nobody can tell a file that cannot be read from one for
  /// which there was no memory.
  static func prepare(threads: Int?) throws(AgentError) {
    let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let needed = base + threads * perThread
    if let limit = [RLIMIT_AS.rawValue, RLIMIT_DATA.rawValue].compactMap({ limit($0) }).min(), limit < needed {
      throw AgentError(
        "the process may map \(limit >> 20) MiB (ulimit -v, LimitAS=), and with \(threads) threads it needs "
          + "\(needed >> 20): raise the limit, or give it fewer threads (--jobs)")
    }
    MemoryExhaustion.endsProcess()
  }

  /// Throws where there is nothing left: what went wrong may have gone wrong for that, and the scan had no part in it.
  static func checkReserve() throws(AgentError) {
    let memory = mmap(nil, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard memory != MAP_FAILED else {
      let room = ProcessMemory.room()
      throw AgentError(
        "out of memory: \(room.bytes >> 20) MiB \(room.words); nothing is recorded against the scan at hand, which is taken "
          + "up at the next start")
    }
    munmap(memory, reserve)
  }

  /// Bytes; nil where there is no limit.
  private static func limit(_ resource: UInt32) -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource), &limit) == 0 else { return nil }
    return Int(exactly: limit.rlim_cur)
  }
}
