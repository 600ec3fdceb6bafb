public import Digests
public import Foundation

/// A single file that is replaced whole or not at all, such as the tree's `index.html`: it is written (mode 0600) under a hidden name
/// beside its place and takes that at ``finish(unless:)``. What a killed process left is removed by ``OutputFolder/removeDebris(in:)``.
public struct AtomicFile: ~Copyable {
  private let place: URL
  private let partial: String
  /// Negative once closed.
  private var descriptor: Int32
  private var isDebris = true
  private var waiting: [UInt8] = []
  private var hasher: SHA256Hasher? = SHA256Hasher()

  /// Bytes that are written at once, at least.
  private static let piece = 1 << 18

  /// Begins the file that is to replace `place`, whose folder is made (0700) where it is missing.
  public init(replacing place: URL) throws(OutputError) {
    guard OutputName.isSafe(place.lastPathComponent) else {
      throw OutputError("writing \(place.path)", because: "only letters, digits, -, _ and . may be used in its name")
    }
    let parent = place.deletingLastPathComponent()
    try System.makeFolder(parent.path)
    let partial = parent.appending(path: OutputFolder.partialName(place.lastPathComponent)).path
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw OutputError("creating \(partial)") }
    flock(descriptor, LOCK_EX | LOCK_NB)
    (self.place, self.partial, self.descriptor) = (place, partial, descriptor)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if isDebris { unlink(partial) }
  }

  /// Appends bytes.
  public mutating func append(_ bytes: [UInt8]) throws(OutputError) {
    if waiting.count + bytes.count < Self.piece {
      waiting += bytes
      return
    }
    try write(waiting)
    waiting.removeAll(keepingCapacity: true)
    try write(bytes)
  }

  private mutating func write(_ bytes: [UInt8]) throws(OutputError) {
    bytes.withUnsafeBytes { hasher?.update($0) }
    try System.write(bytes, to: descriptor, path: partial)
  }

  /// Syncs the file, renames it to its place and syncs the folder; gives the digest of its bytes. If that is `known`, the file at the
  /// place is taken to be the same one and stays.
  @discardableResult
  public consuming func finish(unless known: SHA256Digest? = nil) throws(OutputError) -> SHA256Digest {
    try write(waiting)
    guard let digest = hasher.take()?.finish() else { fatalError("a file is finished once") }
    if digest == known { return digest }
    let open = descriptor
    descriptor = -1
    try System.syncAndClose(open, path: partial)
    guard rename(partial, place.path) == 0 else { throw OutputError("renaming \(partial) to \(place.path)") }
    isDebris = false
    try System.sync(place.deletingLastPathComponent().path)
    return digest
  }

  /// Replaces `place` by a file of these bytes.
  public static func write(_ bytes: [UInt8], to place: URL) throws(OutputError) {
    var file = try AtomicFile(replacing: place)
    try file.append(bytes)
    try file.finish()
  }
}
