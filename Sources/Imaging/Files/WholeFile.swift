import Foundation

/// A whole file as bytes, and bytes as a whole file.
enum WholeFile {
  /// What went wrong, in the system's words.
  struct Failure: Error {
    var tooLarge = false
    let detail: String

    init(_ action: String, code: Int32) { detail = "\(action): \(String(cString: strerror(code)))" }
    init(_ detail: String, tooLarge: Bool = false) {
      self.detail = detail
      self.tooLarge = tooLarge
    }
  }

  /// The bytes of a regular file of at most `limit` bytes. Never waits on a pipe or a device.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Failure("cannot open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure("cannot ask its size", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Failure("not a regular file") }
    let size = Int(status.st_size)
    guard size <= limit else { throw Failure("\(size) bytes, more than the \(limit) allowed", tooLarge: true) }
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { target, filled in
      while filled < size {
        let count = Glibc.read(descriptor, target.baseAddress.map { $0 + filled }, size - filled)
        if count < 0, errno == EINTR { continue }
        if count < 0 { code = errno }
        if count <= 0 { return }
        filled += count
      }
    }
    guard code == 0 else { throw Failure("cannot read", code: code) }
    guard bytes.count == size else { throw Failure("\(bytes.count) of \(size) bytes: it shrank while being read") }
    return bytes
  }

  /// Writes the bytes so that `path` holds all of them or what it held before: a new file beside it (mode 0600), synced,
  /// renamed into place, and the folder synced. The new file is locked while it is written, so that what a killed process
  /// leaves can be told from it.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let url = URL(filePath: path)
    let folder = url.deletingLastPathComponent().path
    let id = String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
    let partial = "\(folder)/.\(url.lastPathComponent).partial-\(id)"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Failure("cannot create a file in \(folder)", code: errno) }
    do throws(Failure) {
      try write(bytes, to: descriptor)
      guard rename(partial, path) == 0 else { throw Failure("cannot rename the finished file", code: errno) }
    } catch {
      unlink(partial)
      throw error
    }
    let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { throw Failure("cannot open \(folder)", code: errno) }
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw Failure("cannot sync \(folder)", code: errno) }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
    flock(descriptor, LOCK_EX | LOCK_NB)
    var code: Int32 = 0
    bytes.withUnsafeBytes { source in
      var done = 0
      while done < source.count {
        let count = Glibc.write(descriptor, source.baseAddress.map { $0 + done }, source.count - done)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          code = count < 0 ? errno : EIO
          return
        }
        done += count
      }
    }
    if code == 0, fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code == 0 else { throw Failure("cannot write", code: code) }
  }
}
