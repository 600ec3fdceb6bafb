public import Foundation

/// What was unpacked.
public struct Unpacked: Sendable, Hashable {
  /// Files written, below the folder.
  public var files = 0
  /// Their bytes.
  public var bytes: Int64 = 0
  /// Entries that were left out: archives within the archive, which are never unpacked, hidden files, and empty ones.
  public var leftOut = 0

  /// Figures of one's own, to compare with.
  public init(files: Int = 0, bytes: Int64 = 0, leftOut: Int = 0) {
    self.files = files
    self.bytes = bytes
    self.leftOut = leftOut
  }
}

/// Unpacks one archive into a folder.
///
/// Everything that an entry says is checked before anything of it is written: no path leaves the folder, links and devices are
/// refused, and so is an archive that expands to more than the limits. Files get the mode 0600, folders 0700.
public struct Unpacking {
  private let folder: URL
  private let limits: ArchiveLimits
  private let isCancelled: () -> Bool
  private var budget: Int64
  private var entries = 0
  private var result = Unpacked()
  private var made: Set<String> = []

  /// Unpacks `file` into `folder`, which must be there, be empty and be nobody else's. Throws at the first thing that is wrong;
  /// what was written by then is the caller's to remove, with the folder.
  public static func unpack(
    _ file: URL, to folder: URL, limits: ArchiveLimits = .standard, isCancelled: @escaping () -> Bool = { false }
  ) throws(ArchiveError) -> Unpacked {
    var unpacking = try Unpacking(file, to: folder, limits, isCancelled)
    var reader = try ArchiveReader(file)
    while let entry = try reader.next() { try unpacking.take(entry, from: &reader) }
    return unpacking.result
  }

  private init(
    _ file: URL, to folder: URL, _ limits: ArchiveLimits, _ isCancelled: @escaping () -> Bool
  ) throws(ArchiveError) {
    var status = stat()
    guard lstat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ArchiveError(.unreadable, "it is no regular file")
    }
    var space = statvfs()
    guard statvfs(folder.path, &space) == 0 else { throw Self.system("the folder to unpack to cannot be asked") }
    // Half of what is free: the scans that are made of it need room too.
    let free = Int64(clamping: UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize)).0) / 2
    let (most, overflow) = Int64(status.st_size).multipliedReportingOverflow(by: limits.ratio)
    self.folder = folder
    self.limits = limits
    self.isCancelled = isCancelled
    budget = min(limits.expandedBytes, overflow ? .max : max(most, limits.harmlessBytes))
    guard free > 0 else { throw ArchiveError(.disk, "no room to unpack it") }
    budget = min(budget, free)
  }

  private mutating func take(_ entry: ArchiveReader.Entry, from reader: inout ArchiveReader) throws(ArchiveError) {
    entries += 1
    guard entries <= limits.entries else {
      throw ArchiveError(.tooLarge, "it has more than \(limits.entries) entries")
    }
    guard !isCancelled() else { throw ArchiveError(.cancelled, "told to stop") }
    let path = try EntryPath(entry.name, depth: limits.depth)
    switch entry.kind {
    case .link: throw ArchiveError(.hostile, "an entry is a link; links are not followed")
    case .other: throw ArchiveError(.hostile, "an entry is a device, a pipe or a socket")
    case .folder: return
    case .file:
      guard let name = path.components.last else { return }
      if path.isClutter || ArchiveName.holds(for: name) || entry.size == 0 {
        result.leftOut += 1
      } else {
        try write(entry, to: path, from: &reader)
      }
    }
  }

  private mutating func write(
    _ entry: ArchiveReader.Entry, to path: EntryPath, from reader: inout ArchiveReader
  ) throws(ArchiveError) {
    if let size = entry.size, size > budget { throw tooLarge }
    try makeFolders(above: path)
    let place = folder.path + "/" + path.text
    let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST || errno == EISDIR { throw ArchiveError(.hostile, "two entries have the same path") }
      throw Self.system("an entry cannot be written")
    }
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = try reader.read(into: buffer)
      if count == 0 { break }
      guard Int64(count) <= budget else { throw tooLarge }
      budget -= Int64(count)
      result.bytes += Int64(count)
      try Self.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: descriptor)
      guard !isCancelled() else { throw ArchiveError(.cancelled, "told to stop") }
    }
    result.files += 1
  }

  private var tooLarge: ArchiveError {
    ArchiveError(
      .tooLarge,
      "it expands to more than \(limits.expandedBytes) bytes, \(limits.ratio) times its own size, or half of the free disk"
    )
  }

  private mutating func makeFolders(above path: EntryPath) throws(ArchiveError) {
    var place = ""
    for name in path.components.dropLast() {
      place += "/" + name
      guard made.insert(place).inserted else { continue }
      guard mkdir(folder.path + place, 0o700) == 0 else {
        if errno == EEXIST { throw ArchiveError(.hostile, "an entry is a file and a folder") }
        throw Self.system("a folder cannot be made")
      }
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ArchiveError) {
    var done = 0
    while done < bytes.count {
      let count = Foundation.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw system("an entry cannot be written") }
      done += count
    }
  }

  private static func system(_ what: String) -> ArchiveError {
    let code = errno
    let isDisk = [ENOSPC, EDQUOT, EIO, EROFS].contains(code)
    return ArchiveError(isDisk ? .disk : .system, "\(what): \(String(cString: strerror(code)))")
  }
}
