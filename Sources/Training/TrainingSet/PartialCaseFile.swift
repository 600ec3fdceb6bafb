import Foundation

/// A file of the cache while it is written. Locked, so that what a killed run left can be told from what another run is writing.
final class PartialCaseFile {
  private let file: URL
  private let partial: URL
  private let handle: FileHandle

  private static let mark = ".partial-"

  /// Begins a file that ``finish(count:)`` will call `file`.
  init(for file: URL) throws {
    self.file = file
    partial = file.deletingLastPathComponent()
      .appending(path: ".\(file.lastPathComponent)\(Self.mark)\(UUID().uuidString)")
    let descriptor = open(partial.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    flock(descriptor, LOCK_EX | LOCK_NB)
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  deinit { unlink(partial.path) }

  /// Writes at byte `offset`.
  func write(_ data: Data, at offset: Int) throws {
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: data)
  }

  /// Gives the file, of `count` bytes, its name.
  func finish(count: Int) throws {
    try handle.truncate(atOffset: UInt64(count))
    try handle.synchronize()
    guard rename(partial.path, file.path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  }

  /// Removes from `folder` what no run is writing any more.
  static func removeAbandoned(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(".") && name.contains(mark) {
      let path = folder.appending(path: name).path
      let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
      close(descriptor)
    }
  }
}
