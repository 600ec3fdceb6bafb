import Digests
import Foundation

/// The system calls of the output folder, each with its error.
package enum System {
  package static func makeFolder(_ path: String) throws(OutputError) {
    if isFolder(path) { return }
    let above = URL(filePath: path).deletingLastPathComponent().path
    if above != path { try makeFolder(above) }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw OutputError("creating \(path)") }
    guard isFolder(path) else { throw OutputError("creating \(path)", code: ENOTDIR) }
    try sync(above)
  }

  /// A descriptor of the folder or file with its lock held; nil where another process holds it or it has gone meanwhile.
  static func openLocked(_ path: String) throws(OutputError) -> Int32? {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw OutputError("opening \(path)") }
    var (ours, there) = (stat(), stat())
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &ours) == 0, lstat(path, &there) == 0,
      ours.st_ino == there.st_ino, ours.st_dev == there.st_dev
    else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  static func writeAndClose(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(OutputError) {
    do { try write(bytes, to: descriptor, path: path) } catch {
      close(descriptor)
      throw error
    }
    try syncAndClose(descriptor, path: path)
  }

  static func syncAndClose(_ descriptor: Int32, path: String) throws(OutputError) {
    var code = fsync(descriptor) == 0 ? 0 : errno
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code == 0 else { throw OutputError("writing \(path)", code: code) }
  }

  /// Writes all the bytes.
  static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(OutputError) {
    let code = bytes.withUnsafeBytes { write($0, to: descriptor) }
    guard code == 0 else { throw OutputError("writing \(path)", code: code) }
  }

  /// Writes all the bytes; `errno` where that cannot be done, else 0.
  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      done += count
    }
    return 0
  }

  /// Copies a regular file, links not followed, to `target`, which must not exist. Nothing is synced.
  static func copy(_ file: String, to target: String) throws(OutputError) {
    let source = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard source >= 0 else { throw OutputError("opening \(file)") }
    defer { close(source) }
    let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw OutputError("creating \(target)") }
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw OutputError("reading \(file)") }
      if count == 0 { return }
      let code = write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: descriptor)
      guard code == 0 else { throw OutputError("writing \(target)", code: code) }
    }
  }

  static func sync(_ folder: String) throws(OutputError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputError("opening \(folder)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw OutputError("syncing \(folder)") }
  }

  /// Syncs a file that another library has written, and digests it.
  static func adopt(_ file: URL, name: String) throws(OutputError) -> WrittenFile {
    let descriptor = open(file.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputError("opening \(file.path)") }
    defer { close(descriptor) }
    var status = stat()
    guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0, fstat(descriptor, &status) == 0 else {
      throw OutputError("syncing \(file.path)")
    }
    do throws(DigestError) {
      return WrittenFile(name: name, bytes: Int(status.st_size), sha256: try SHA256Digest(ofFile: file))
    } catch {
      throw OutputError("digesting \(file.path)", code: error.code)
    }
  }

  static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether the folder holds these files, byte for byte, and nothing else.
  static func holdsExactly(_ folder: String, _ files: [WrittenFile]) -> Bool {
    guard isFolder(folder), let names = try? FileManager.default.contentsOfDirectory(atPath: folder),
      names.sorted() == files.map({ $0.name })
    else { return false }
    return files.allSatisfy { file in
      var status = stat()
      let path = "\(folder)/\(file.name)"
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == file.bytes else {
        return false
      }
      return (try? SHA256Digest(ofFile: URL(filePath: path))) == file.sha256
    }
  }

  /// Moves `old` to `new`, which must not exist.
  static func renameFresh(_ old: String, _ new: String) throws(OutputError) {
    if rename(old, new, noReplace) == 0 { return }
    guard lacksFlags(errno) else { throw OutputError("renaming \(old) to \(new)") }
    guard Glibc.rename(old, new) == 0 else { throw OutputError("renaming \(old) to \(new)") }
  }

  /// Puts `new` at `place` and what was at `place` at `new`.
  static func exchange(_ new: String, _ place: String) throws(OutputError) {
    guard isFolder(place) else { throw OutputError("replacing \(place)", because: "it is there and not a folder") }
    if rename(new, place, exchange) == 0 { return }
    guard lacksFlags(errno) else { throw OutputError("exchanging \(new) and \(place)") }
    try exchangeInSteps(new, place)
  }

  /// The same for file systems without RENAME_EXCHANGE (some network file systems).
  package static func exchangeInSteps(_ new: String, _ place: String) throws(OutputError) {
    let aside = String(new.dropLast()) + (new.hasSuffix("0") ? "1" : "0")
    guard Glibc.rename(place, aside) == 0 else { throw OutputError("moving \(place) away") }
    guard Glibc.rename(new, place) == 0 else {
      let code = errno
      Glibc.rename(aside, place)
      throw OutputError("renaming \(new) to \(place)", code: code)
    }
    guard Glibc.rename(aside, new) == 0 else { throw OutputError("renaming \(aside) to \(new)") }
  }

  /// RENAME_NOREPLACE and RENAME_EXCHANGE of linux/fs.h.
  private static let noReplace: UInt32 = 1
  private static let exchange: UInt32 = 2

  /// renameat2(2). Swift's Glibc module hides it (it needs _GNU_SOURCE), so that it is looked up by name; -1 with ENOSYS
  /// where the C library has none.
  private static func rename(_ old: String, _ new: String, _ flags: UInt32) -> Int32 {
    typealias Call = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    guard let symbol = dlsym(nil, "renameat2") else {
      errno = ENOSYS
      return -1
    }
    return unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, old, AT_FDCWD, new, flags)
  }

  private static func lacksFlags(_ code: Int32) -> Bool { code == EINVAL || code == ENOSYS || code == EOPNOTSUPP }

  /// Removes a folder of ours with all it holds, links not followed. What cannot be removed stays for the next time.
  static func removeTree(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
