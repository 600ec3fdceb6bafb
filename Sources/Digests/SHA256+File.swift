public import Foundation

/// A file could not be read to its end.
public struct DigestError: Error, CustomStringConvertible {
  /// The file.
  public let path: String
  /// The value of `errno`.
  public let code: Int32
  /// What was being done, the path and the system's word for the cause.
  public var description: String { "reading \(path) to digest it: \(String(cString: strerror(code)))" }
}

extension SHA256Digest {
  /// The digest of the file's bytes, read in pieces of 1 MiB. Follows no symbolic link at the last path component.
  public init(ofFile file: URL) throws(DigestError) {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw DigestError(path: file.path, code: errno) }
    defer { close(descriptor) }
    var hasher = SHA256Hasher()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw DigestError(path: file.path, code: errno) }
      if count == 0 { break }
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    self = hasher.finish()
  }
}
