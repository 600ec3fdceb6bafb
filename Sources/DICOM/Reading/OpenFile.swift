import Foundation

/// What tells whether a file is still the one that was read before.
public struct FileIdentity: Sendable, Hashable {
  /// Bytes.
  public let size: UInt64
  let device: UInt64
  let inode: UInt64
  let seconds: Int
  let nanoseconds: Int

  init(_ status: stat) {
    size = UInt64(status.st_size)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}

/// A regular file, open for reading. Opening follows no symbolic link at the last component and waits for nobody: a FIFO, a socket
/// or a device is refused with its kind.
struct OpenFile: ~Copyable {
  let path: String
  let descriptor: Int32
  let identity: FileIdentity

  init(_ path: String, limits: DICOMLimits) throws(DICOMError) {
    let opened = try Self.open(path, limits: limits)
    self.path = path
    descriptor = opened.descriptor
    identity = opened.identity
  }

  private static func open(
    _ path: String, limits: DICOMLimits
  ) throws(DICOMError) -> (descriptor: Int32, identity: FileIdentity) {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw DICOMError(.unreadable, path: path, reason(code), code: code)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw DICOMError(.unreadable, path: path, "a folder, FIFO, socket or device, no regular file")
    }
    let identity = FileIdentity(status)
    guard identity.size <= limits.fileBytes else {
      close(descriptor)
      throw DICOMError(
        .overBudget, path: path, "\(identity.size) bytes, more than the budget of \(limits.fileBytes) for one file")
    }
    return (descriptor, identity)
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case ELOOP: "a symbolic link; put the file itself here"
    case ENXIO: "a socket or FIFO, no regular file"
    default: "cannot be opened: \(String(cString: strerror(code)))"
    }
  }

  deinit { close(descriptor) }

  /// What will be read of a file.
  enum Expectation {
    /// What is asked for, and nothing behind it: headers are read before the first pixel is, and the disk should bring no more.
    case beginningOnly
    /// The beginning, soon: the disk may begin now.
    case beginningSoon
    /// All of it, soon: the disk may begin now.
    case everythingSoon
  }

  /// Tells the system; a hint, nothing else.
  func expect(_ expectation: Expectation) {
    switch expectation {
    case .beginningOnly: posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
    case .beginningSoon: posix_fadvise(descriptor, 0, 1 << 14, POSIX_FADV_WILLNEED)
    case .everythingSoon: posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED)
    }
  }

  /// Reads `count` bytes from `offset` into `buffer`, which must hold them.
  func read(into buffer: UnsafeMutableRawPointer, count: Int, from offset: Int = 0) throws(DICOMError) {
    var done = 0
    while done < count {
      let got = pread(descriptor, buffer + done, count - done, offset + done)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else {
        let code = errno
        throw DICOMError(.unreadable, path: path, "cannot be read: \(String(cString: strerror(code)))", code: code)
      }
      guard got > 0 else { throw DICOMError(.changed, path: path, "became shorter while it was read") }
      done += got
    }
  }
}
