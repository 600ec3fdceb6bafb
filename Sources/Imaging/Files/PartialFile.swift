import Foundation
import Synchronization

/// A file that appears under its name whole, or not at all: it is written beside its place (mode 0600) and renamed by ``finish(isSynced:)``.
/// Without that it is removed. It is locked while it is written, so that what a killed process leaves can be told from it.
final class PartialFile: Sendable {
  private let path: String
  private let folder: String
  private let partial: String
  private let descriptor: Int32
  private let isFinished = Atomic(false)

  init(for path: String) throws(WholeFile.Failure) {
    let url = URL(filePath: path)
    self.path = path
    folder = url.deletingLastPathComponent().path
    let id = String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
    partial = "\(folder)/.\(url.lastPathComponent).partial-\(id)"
    descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      isFinished.store(true, ordering: .relaxed)
      throw WholeFile.Failure("cannot create a file in \(folder)", code: errno)
    }
    flock(descriptor, LOCK_EX | LOCK_NB)
  }

  deinit {
    if !isFinished.load(ordering: .relaxed) {
      close(descriptor)
      unlink(partial)
    }
  }

  /// Takes `count` bytes of the disk beforehand, so that a full one is noticed now; file systems that cannot are left alone.
  func reserve(_ count: Int) throws(WholeFile.Failure) {
    let code = posix_fallocate(descriptor, 0, count)
    if code == ENOSPC || code == EFBIG || code == EDQUOT {
      throw WholeFile.Failure("cannot take \(count) bytes", code: code)
    }
  }

  /// Writes the bytes at `offset`. Threads may write different places at once.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WholeFile.Failure) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw WholeFile.Failure("cannot write", code: count < 0 ? errno : EIO) }
      done += count
    }
  }

  /// Gives the file its name. Synced, it outlives a loss of power from then on; otherwise only the death of the process.
  func finish(isSynced: Bool) throws(WholeFile.Failure) {
    if isSynced, fsync(descriptor) != 0 { throw WholeFile.Failure("cannot write", code: errno) }
    guard rename(partial, path) == 0 else {
      throw WholeFile.Failure("cannot rename the finished file", code: errno)
    }
    isFinished.store(true, ordering: .relaxed)
    guard close(descriptor) == 0 else { throw WholeFile.Failure("cannot write", code: errno) }
    if isSynced { try syncFolder() }
  }

  private func syncFolder() throws(WholeFile.Failure) {
    let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { throw WholeFile.Failure("cannot open \(folder)", code: errno) }
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw WholeFile.Failure("cannot sync \(folder)", code: errno) }
  }
}
