public import Digests
public import Foundation

/// An output folder that appears whole or not at all.
///
/// It is filled under a hidden name beside its place, every file flushed to disk, then renamed, and the folder above flushed:
/// after a crash at any moment there is either the complete folder or a hidden leftover, which ``removeLeftovers(in:)`` takes
/// away at the next start. Files have mode 0600, folders 0700, unless the umask is stricter.
public struct OutputFolder: Sendable {
  /// A file that was written.
  public struct File: Sendable, Hashable {
    /// Name within the folder.
    public let name: String
    /// Size.
    public let bytes: Int
    /// Digest of the contents.
    public let sha256: SHA256Digest
  }

  /// The place where it will appear.
  public let place: URL
  /// What has been written so far, in order.
  public private(set) var files: [File] = []
  private let hidden: URL

  static let leftoverPrefix = ".vigil-partial-"

  /// Makes the hidden folder. The folders above are made if they are missing.
  public init(at place: URL) throws(OutputError) {
    self.place = place
    let parent = place.deletingLastPathComponent()
    try Self.makeFolders(parent)
    hidden = parent.appending(path: "\(Self.leftoverPrefix)\(UUID().uuidString)")
    guard mkdir(hidden.path, 0o700) == 0 else { throw OutputError("making the folder", hidden, errno) }
  }

  /// Writes one file and flushes it. `name` is one path component and new.
  public mutating func write(_ bytes: some ContiguousBytes, as name: String) throws(OutputError) {
    precondition(!name.contains("/") && name != ".." && name != ".", "a file's name is one path component")
    let file = hidden.appending(path: name)
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(OutputError) in
        try Self.write(buffer, to: file)
        var hasher = SHA256Hasher()
        hasher.update(buffer)
        return File(name: name, bytes: buffer.count, sha256: hasher.finish())
      }
    }
    files.append(try result.get())
  }

  /// Puts the folder in its place. What is there already is replaced in one step and then removed.
  public func seal() throws(OutputError) {
    try Self.flush(hidden)
    let parent = place.deletingLastPathComponent()
    if renameat2(AT_FDCWD, hidden.path, AT_FDCWD, place.path, UInt32(RENAME_EXCHANGE)) == 0 {
      try Self.flush(parent)
      try? FileManager.default.removeItem(at: hidden)
      return
    }
    guard errno == ENOENT || errno == EINVAL || errno == ENOSYS else {
      throw OutputError("putting the folder in its place", place, errno)
    }
    try? FileManager.default.removeItem(at: place)
    guard rename(hidden.path, place.path) == 0 else {
      throw OutputError("putting the folder in its place", place, errno)
    }
    try Self.flush(parent)
  }

  /// Removes what was written; for a run that does not go on.
  public func abandon() { try? FileManager.default.removeItem(at: hidden) }

  /// Removes what runs that were killed have left below `root` (its folders and theirs). Returns how many there were.
  @discardableResult
  public static func removeLeftovers(in root: URL) -> Int {
    let manager = FileManager.default
    let below = (try? manager.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
    let leftovers = ([root] + below).flatMap { folder in
      ((try? manager.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasPrefix(leftoverPrefix) }.map { folder.appending(path: $0) }
    }
    for leftover in leftovers { try? manager.removeItem(at: leftover) }
    return leftovers.count
  }

  /// Replaces one file by a hidden file and a rename, flushed; the digest-free sibling of ``write(_:as:)`` for single files.
  public static func replace(_ file: URL, with bytes: some ContiguousBytes) throws(OutputError) {
    let folder = file.deletingLastPathComponent()
    let hidden = folder.appending(path: "\(leftoverPrefix)\(UUID().uuidString)")
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(OutputError) in try write(buffer, to: hidden) }
    }
    do throws(OutputError) {
      try result.get()
      guard rename(hidden.path, file.path) == 0 else { throw OutputError("renaming to", file, errno) }
      try flush(folder)
    } catch {
      unlink(hidden.path)
      throw error
    }
  }
}

extension OutputFolder {
  private static func write(_ buffer: UnsafeRawBufferPointer, to file: URL) throws(OutputError) {
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw OutputError("creating", file, errno) }
    defer { close(descriptor) }
    var rest = buffer
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw OutputError("writing", file, count < 0 ? errno : ENOSPC) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    guard fsync(descriptor) == 0 else { throw OutputError("flushing", file, errno) }
  }

  private static func flush(_ folder: URL) throws(OutputError) {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputError("opening the folder", folder, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw OutputError("flushing the folder", folder, errno) }
  }

  private static func makeFolders(_ folder: URL) throws(OutputError) {
    var status = stat()
    if stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    let parent = folder.deletingLastPathComponent()
    if parent.path != folder.path { try makeFolders(parent) }
    guard mkdir(folder.path, 0o700) == 0 || errno == EEXIST else {
      throw OutputError("making the folder", folder, errno)
    }
    try flush(parent)
  }
}

/// The output tree could not be written.
public struct OutputError: Error, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  public let code: Int32
  /// What was being done, where, and the system's word for the cause.
  public let description: String

  init(_ action: String, _ file: URL, _ code: Int32) {
    self.code = code
    description = "\(action) \(file.path): \(String(cString: strerror(code)))"
  }
}
