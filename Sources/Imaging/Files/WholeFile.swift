import Foundation

/// A whole file as bytes.
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
}
