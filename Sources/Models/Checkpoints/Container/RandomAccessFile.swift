import Foundation

/// Reads pieces of a file by position (`pread`): nothing outside the file's length as it was when opened is ever asked for.
///
/// Not memory-mapped on purpose: a mapped file that somebody truncates kills the process, a short `pread` is an error.
final class RandomAccessFile: Sendable {
  /// The path as it was given, for messages.
  let path: String
  /// Length in bytes when the file was opened.
  let size: Int
  private let descriptor: Int32

  /// Opens a regular file for reading; symbolic links are followed.
  init(_ file: URL) throws(CheckpointError) {
    path = file.path
    descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw CheckpointError(.unreadable, file.path, String(cString: strerror(errno))) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw CheckpointError(.unreadable, file.path, "not a regular file")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The `count` bytes from `offset` on. The range must lie in the file.
  func bytes(at offset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw CheckpointError(.damaged, path, "bytes \(offset)..<\(offset)+\(count) lie outside the file's \(size) bytes")
    }
    var buffer = [UInt8](repeating: 0, count: count)
    let code = buffer.withUnsafeMutableBytes { fill($0, from: offset) }
    guard code == 0 else {
      let cause = code < 0 ? "the file became shorter while it was read" : String(cString: strerror(code))
      throw CheckpointError(.unreadable, path, cause)
    }
    return buffer
  }

  /// 0, or `errno`, or -1 when the file ended early.
  private func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int) -> Int32 {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return errno }
      guard count > 0 else { return -1 }
      done += count
    }
    return 0
  }
}
