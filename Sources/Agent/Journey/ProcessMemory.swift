internal import Foundation

/// What the system says of memory; 0 where it does not say.
public enum ProcessMemory {
  /// The most this process has held, bytes.
  public static var peak: Int { kilobytes("VmHWM:", in: "/proc/self/status") << 10 }

  /// What can be had without swapping, bytes.
  public static var available: Int { kilobytes("MemAvailable:", in: "/proc/meminfo") << 10 }

  /// Gives memory that is free within the process back to the system. Each journey has a thread of its own, and with it one of the C
  /// library's heaps, each of which keeps what its largest journey took.
  static func giveBack() {
    typealias Call = @convention(c) (Int) -> Int32
    // Hidden by Swift's Glibc module; nothing happens where the C library has none.
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: Call.self)(0)
  }

  private static func kilobytes(_ key: String, in path: String) -> Int {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return 0 }
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
  }
}
