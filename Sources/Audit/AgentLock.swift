public import Foundation

/// Another agent works on the output tree, or the lock file cannot be had.
public struct AgentLockError: Error, Sendable, CustomStringConvertible {
  /// The lock file.
  public let path: String
  /// What the holder wrote into it; empty if the file cannot be had at all.
  public let holder: String
  /// The system's reason; empty if somebody holds it.
  public let reason: String

  /// Who holds it, or why it cannot be had, and what to do.
  public var description: String {
    reason.isEmpty
      ? "another agent (\(holder)) works on \((path as NSString).deletingLastPathComponent): stop it or name another output folder"
      : "the lock \(path) cannot be had: \(reason)"
  }
}

/// Holds an output tree for one agent, by `flock` on a file in it, until it is released or the process ends however it ends.
public final class AgentLock: Sendable {
  /// The lock file's name.
  public static let fileName = ".agent.lock"

  private let descriptor: Int32

  /// Takes the tree at `folder`, which must exist. Throws if another process, or another lock of this one, holds it.
  public init(outputFolder folder: URL) throws(AgentLockError) {
    let path = folder.appending(path: Self.fileName).path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw AgentLockError(path: path, holder: "", reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = Self.read(descriptor)
      close(descriptor)
      throw AgentLockError(
        path: path, holder: holder, reason: code == EWOULDBLOCK ? "" : String(cString: strerror(code)))
    }
    self.descriptor = descriptor
    write()
  }

  deinit { close(descriptor) }

  /// Says who holds the lock; only for the message that the next one gets.
  private func write() {
    let text = "process \(getpid()) on \(ProcessInfo.processInfo.hostName) since \(UTCTime(Date()).text)"
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  private static func read(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
