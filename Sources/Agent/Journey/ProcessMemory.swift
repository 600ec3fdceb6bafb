internal import Foundation

/// What the system says of memory; 0 where it does not say.
public enum ProcessMemory {
  /// Memory that can be had, and what bounds it.
  public struct Room: Hashable, Sendable {
    /// Bytes.
    public let bytes: Int
    /// For a sentence that begins with the figure: `are free`.
    public let words: String
  }

  /// The most this process has held, bytes.
  public static var peak: Int { kilobytes("VmHWM:", in: "/proc/self/status") << 10 }

  /// What can be had without swapping, bytes.
  public static var available: Int { room().bytes }

  /// What can be had without swapping: the least of what the machine has free, what the process's limits let it map (``AddressSpace``)
  /// and what its control groups leave it. `threads`: so many are about to compute, and take address space of their own.
  static func room(threads: Int = 0) -> Room {
    var rooms = [Room(bytes: kilobytes("MemAvailable:", in: "/proc/meminfo") << 10, words: "are free")]
    if let left = AddressSpace.left {
      rooms.append(
        Room(
          bytes: max(0, left - AddressSpace.taken(by: threads)),
          words: "are left of the address space that the process may have (ulimit -v, LimitAS=)"))
    }
    if let group = MemoryGroup.own {
      rooms.append(
        Room(bytes: group.left, words: "are left of the \(group.limit >> 20) MiB of its control group (MemoryMax=)"))
    }
    return rooms.min { $0.bytes < $1.bytes } ?? rooms[0]
  }

  /// Of how many heaps the C library may make use.
  private static let heaps: Int32 = 2

  /// Lets all threads that begin from now on share two of the C library's heaps (mallopt(3), M_ARENA_MAX). Each journey has a thread of its
  /// own; with a heap for each, up to eight times the processors, what one leaves behind keeps pages of every heap from being given back.
  static func shareHeaps() {
    typealias Call = @convention(c) (Int32, Int32) -> Int32
    // Hidden by Swift's Glibc module; nothing happens where the C library has none. -8 is M_ARENA_MAX of malloc.h.
    guard let symbol = dlsym(nil, "mallopt") else { return }
    _ = unsafeBitCast(symbol, to: Call.self)(-8, heaps)
  }

  /// Gives memory that is free within the process back to the system.
  static func giveBack() {
    forgoHugePages()
    typealias Call = @convention(c) (Int) -> Int32
    // Hidden by Swift's Glibc module; nothing happens where the C library has none.
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: Call.self)(0)
  }

  /// Takes back the wish for large pages (2 MiB) behind all memory of this process. The engine asks for them behind its buffers; the
  /// wish outlives the buffer, and the kernel then makes whole large pages of the few small ones that are still used there. Those
  /// that are there stay, and the next buffer asks anew.
  private static func forgoHugePages() {
    // Not by Foundation, which takes the first page of such a file for all of it.
    guard let stream = fopen("/proc/self/smaps", "re") else { return }
    defer { fclose(stream) }
    var (wished, range): ([Range<UInt>], Range<UInt>?) = ([], nil)
    let line = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 4096)
    defer { line.deallocate() }
    while let start = fgets(line.baseAddress, Int32(line.count), stream) {
      let words = String(cString: start).split(whereSeparator: { $0.isWhitespace })
      if words.first == "VmFlags:" {
        if let range, words.contains("hg") { wished.append(range) }
      } else if let found = words.first.flatMap({ Self.range($0) }) {
        range = found
      }
    }
    for range in wished {
      madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, Int32(MADV_NOHUGEPAGE))
    }
  }

  /// `7f21c0200000-7f21c1c00000`, which begins the lines of a mapping.
  private static func range(_ word: Substring) -> Range<UInt>? {
    let ends = word.split(separator: "-").map { UInt($0, radix: 16) }
    guard ends.count == 2, let start = ends[0], let end = ends[1], start < end else { return nil }
    return start..<end
  }

  static func kilobytes(_ key: String, in path: String) -> Int {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return 0 }
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
  }
}
