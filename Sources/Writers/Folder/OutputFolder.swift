import Digests
public import Foundation

/// A result's folder while it is being made: it appears under its name with every file in it, or not at all.
///
/// The files are written in a hidden folder beside the place (`.<name>.partial-<16 hex>`, mode 0700, files 0600), each synced.
/// ``seal()`` syncs that folder, renames it into place and syncs the folder above. A folder that goes without being sealed
/// takes its files with it; what a killed process left is found by ``removeDebris(in:)``, which tells it from the folder of a
/// living process by a lock (flock) that dies with its owner.
public struct OutputFolder: ~Copyable {
  /// Where the result will be.
  public let place: URL
  private let parent: URL
  private let partial: String
  private let descriptor: Int32
  private var files: [WrittenFile] = []
  private var isDone = false

  /// Starts a result called `name` in `parent`, which is made (0700) where it is missing.
  public init(name: String, in parent: URL) throws(OutputError) {
    guard OutputName.isSafe(name) else {
      throw OutputError(
        "naming an output folder \(name.debugDescription)", because: "only letters, digits, -, _ and . may be used")
    }
    try System.makeFolder(parent.path)
    let (path, locked) = try Self.partialFolder(name, in: parent)
    self.parent = parent
    place = parent.appending(path: name)
    partial = path
    descriptor = locked
  }

  /// A fresh hidden folder, with its lock.
  private static func partialFolder(_ name: String, in parent: URL) throws(OutputError) -> (String, Int32) {
    while true {
      let path = parent.appending(path: partialName(name)).path
      guard mkdir(path, 0o700) == 0 else {
        if errno == EEXIST { continue }
        throw OutputError("creating \(path)")
      }
      if let locked = try System.openLocked(path) { return (path, locked) }
    }
  }

  deinit {
    if !isDone { System.removeTree(partial) }
    close(descriptor)
  }

  /// Writes one file, synced; the folder must not have one of that name.
  @discardableResult
  public mutating func write(_ bytes: [UInt8], as name: String) throws(OutputError) -> WrittenFile {
    guard OutputName.isSafe(name) else {
      throw OutputError(
        "naming an output file \(name.debugDescription)", because: "only letters, digits, -, _ and . may be used")
    }
    let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw OutputError("creating \(partial)/\(name)") }
    try System.writeAndClose(bytes, to: file, path: "\(partial)/\(name)")
    var hasher = SHA256Hasher()
    bytes.withUnsafeBytes { hasher.update($0) }
    let written = WrittenFile(name: name, bytes: bytes.count, sha256: hasher.finish())
    files.append(written)
    return written
  }

  /// Takes a file that `make` writes itself at the place it is given, which is in the hidden folder; it must not exist before.
  /// The file is then synced and gets the mode of the others.
  @discardableResult
  public mutating func write<Value>(
    as name: String, by make: (URL) throws -> Value
  ) throws -> Value {
    guard OutputName.isSafe(name) else {
      throw OutputError(
        "naming an output file \(name.debugDescription)", because: "only letters, digits, -, _ and . may be used")
    }
    let file = URL(filePath: partial).appending(path: name)
    let value = try make(file)
    files.append(try System.adopt(file, name: name))
    return value
  }

  /// Takes a file over, under the name that it has: moved here from another folder of the file system, or copied. It is then synced
  /// and gets the mode of the others; its digest is that of the bytes as they lie here.
  @discardableResult
  public mutating func take(_ file: URL, moving: Bool) throws(OutputError) -> WrittenFile {
    let name = file.lastPathComponent
    guard OutputName.isSafe(name) else {
      throw OutputError(
        "taking over \(file.path)", because: "only letters, digits, -, _ and . may be used in its name")
    }
    let own = URL(filePath: partial).appending(path: name)
    if moving { try System.renameFresh(file.path, own.path) } else { try System.copy(file.path, to: own.path) }
    do throws(OutputError) {
      let taken = try System.adopt(own, name: name)
      files.append(taken)
      return taken
    } catch {
      unlink(own.path)
      throw error
    }
  }

  /// What was written so far.
  public var writtenFiles: [WrittenFile] { files }

  /// Puts the folder in its place. Where the same files with the same bytes are there already, those stay; another result is
  /// exchanged for this one in one step (renameat2, RENAME_EXCHANGE) and then removed. Where the file system cannot exchange,
  /// the old one is first moved to a hidden name, so that a crash between the two steps leaves none, never a mixture.
  public consuming func seal() throws(OutputError) -> WrittenOutput {
    let sorted = files.sorted { $0.name < $1.name }
    guard fsync(descriptor) == 0 else { throw OutputError("syncing \(partial)") }
    var replaced = WrittenOutput.Replaced.nothing
    if System.isThere(place.path) {
      if System.holdsExactly(place.path, sorted) {
        try System.sync(parent.path)
        return WrittenOutput(folder: place, files: sorted, replaced: .same)
      }
      try System.exchange(partial, place.path)
      replaced = .other
    } else {
      try System.renameFresh(partial, place.path)
    }
    isDone = true
    try System.sync(parent.path)
    if replaced == .other { System.removeTree(partial) }
    return WrittenOutput(folder: place, files: sorted, replaced: replaced)
  }

  /// A whole result in one step: its files written, sealed.
  public static func write(
    _ files: [OutputFile], name: String, in parent: URL
  ) throws(OutputError) -> WrittenOutput {
    var folder = try OutputFolder(name: name, in: parent)
    for file in files { try folder.write(file.bytes, as: file.name) }
    return try folder.seal()
  }

  static let mark = ".partial-"

  /// A hidden name for what is not finished: never given twice.
  static func partialName(_ name: String) -> String {
    ".\(name)\(mark)\(String(UInt64.random(in: 1 << 60 ... .max), radix: 16))"
  }

  /// Gives a folder that was sealed elsewhere on the file system its name at `place`, where nothing may be.
  public static func move(_ sealed: URL, to place: URL) throws(OutputError) {
    try System.renameFresh(sealed.path, place.path)
    try System.sync(place.deletingLastPathComponent().path)
  }

  /// Takes back a result whose run was never sealed: out of sight in one step, then removed. Nothing where there is none.
  public static func withdraw(_ place: URL) throws(OutputError) {
    guard OutputName.isSafe(place.lastPathComponent), System.isFolder(place.path) else { return }
    let parent = place.deletingLastPathComponent()
    let aside = parent.appending(path: partialName(place.lastPathComponent)).path
    try System.renameFresh(place.path, aside)
    try System.sync(parent.path)
    System.removeTree(aside)
  }

  /// Removes what killed processes left in `parent` and in the folders directly below it, folders and single files; the names of
  /// what went. What a living process is still writing stays; `evenOwn`: not even that, because the caller is that process and about to
  /// end.
  @discardableResult
  public static func removeDebris(in parent: URL, evenOwn: Bool = false) -> [String] {
    var removed: [String] = []
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []).sorted()
    for name in names {
      let path = parent.appending(path: name).path
      if isDebris(name) {
        let descriptor = try? System.openLocked(path)
        guard descriptor != nil || evenOwn else { continue }
        System.removeTree(path)
        if let descriptor { close(descriptor) }
        removed.append(name)
      } else if !name.hasPrefix("."), System.isFolder(path) {
        let below = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted().filter {
          isDebris($0)
        }
        guard !below.isEmpty else { continue }
        removed += removeDebris(in: URL(filePath: path), evenOwn: evenOwn).map { "\(name)/\($0)" }
      }
    }
    return removed
  }

  /// Whether a name is one that only ``OutputFolder`` gives to what is not finished.
  public static func isDebris(_ name: String) -> Bool {
    guard name.hasPrefix("."), let mark = name.range(of: mark, options: .backwards) else { return false }
    let id = name[mark.upperBound...]
    return id.count == 16 && id.allSatisfy { $0.isHexDigit }
  }
}
