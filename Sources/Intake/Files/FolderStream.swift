import Glibc

/// The entries of one folder, read through a descriptor so that a renamed parent or a link put in its place changes nothing.
struct FolderStream: ~Copyable {
  /// Folders nested deeper than this below an inbox are named as ``UnusableFile/Kind/tooDeep``, not followed: each level
  /// holds a descriptor open.
  static let maximumDepth = 64

  private let directory: OpaquePointer

  /// Opens the folder at `path`, which must not be a link. Throws `errno`.
  init(path: String) throws(SystemFailure) {
    try self.init(descriptor: open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW))
  }

  /// Opens the folder `name` of the folder open as `parent`. Throws `errno`.
  init(_ name: UnsafePointer<CChar>, in parent: borrowing FolderStream) throws(SystemFailure) {
    try self.init(
      descriptor: openat(dirfd(parent.directory), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW))
  }

  private init(descriptor: Int32) throws(SystemFailure) {
    guard descriptor >= 0 else { throw SystemFailure(code: errno) }
    guard let directory = fdopendir(descriptor) else {
      let code = errno
      close(descriptor)
      throw SystemFailure(code: code)
    }
    self.directory = directory
  }

  deinit { closedir(directory) }

  /// One entry. `name` is valid until the next one is asked for.
  struct Entry {
    let name: UnsafePointer<CChar>
    /// `DT_DIR`, `DT_REG`..., or `DT_UNKNOWN` where the file system does not say.
    let type: UInt8

    /// The name as text, or `nil` if it is not UTF-8.
    var text: String? { String(validatingCString: name) }

    /// The name with `\xHH` for every byte outside printable ASCII.
    var escaped: String { escapedName(name) }
  }

  /// The next entry other than `.` and `..`; `nil` at the end. Throws `errno` when the folder cannot be read on.
  mutating func next() throws(SystemFailure) -> Entry? {
    while true {
      errno = 0
      guard let entry = readdir(directory) else {
        if errno != 0 { throw SystemFailure(code: errno) }
        return nil
      }
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
      let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { continue }
      return Entry(name: name, type: entry.pointee.d_type)
    }
  }

  /// `lstat` of an entry; `nil` if it has gone meanwhile. Throws `errno` when the system does not say.
  func status(of entry: Entry) throws(SystemFailure) -> stat? {
    var status = stat()
    if fstatat(dirfd(directory), entry.name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw SystemFailure(code: errno)
  }
}

/// A system call failed with this `errno`.
struct SystemFailure: Error {
  let code: Int32
}

/// `name` with `\xHH` for every byte outside printable ASCII.
func escapedName(_ name: UnsafePointer<CChar>) -> String {
  let digits = Array("0123456789ABCDEF")
  var text = ""
  for byte in UnsafeRawBufferPointer(start: name, count: strlen(name)) {
    if byte >= 0x20, byte < 0x7F {
      text.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      text += "\\x\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
  }
  return text
}
