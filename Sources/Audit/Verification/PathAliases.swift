import Digests
public import Foundation

/// What stands in the database, in logs and in records for the path of a file in an inbox, whose folders and files may be named
/// after a patient: keyed digests (HMAC-SHA-256, RFC 2104) of its folder and of the whole path, `@<16 hex>/<16 hex>`.
///
/// The key is made once for each output tree and lies beside the database, not in it: who is given `audit.sqlite` alone cannot
/// try names. Whoever may read the inbox finds the file again, because the same path always has the same alias.
public struct PathAliases: Sendable {
  /// The key's file in an output folder.
  public static let keyFileName = ".path-key"

  private static let keyLength = 32
  private let key: [UInt8]

  /// The aliases of an output tree; its key is made (mode 0600) if there is none. Only the agent that holds the tree does so.
  public init(outputFolder: URL) throws(AuditError) {
    if let known = PathAliases(readingFrom: outputFolder) {
      self = known
      return
    }
    key = Self.newKey()
    try Self.keep(key, at: outputFolder.appending(path: Self.keyFileName))
  }

  /// The aliases of an output tree whose key is there; nil: nothing was aliased there yet.
  public init?(readingFrom outputFolder: URL) {
    self.init(keyFile: outputFolder.appending(path: Self.keyFileName))
  }

  /// The aliases of the output tree whose key, or a copy of it, this file is; nil where it is no key.
  public init?(keyFile: URL) {
    guard let data = try? Data(contentsOf: keyFile), data.count == Self.keyLength else { return nil }
    key = Array(data)
  }

  /// Aliases under a key that nobody keeps.
  public init() { key = Self.newKey() }

  private static func newKey() -> [UInt8] { (0..<keyLength).map { _ in UInt8.random(in: 0...255) } }

  /// Whether a recorded path is an alias.
  public static func isAlias(_ path: String) -> Bool { path.hasPrefix("@") }

  /// Whether a text is an alias and nothing more.
  static func isWhole(_ text: String) -> Bool {
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    return isAlias(text) && parts.count <= 2
      && parts.allSatisfy { $0.utf8.count == 16 && $0.allSatisfy { $0.isHexDigit } }
  }

  /// `@<folder>/<file>` for an absolute path.
  public func alias(of path: String) -> String {
    folderAlias(of: (path as NSString).deletingLastPathComponent) + "/" + digits(path)
  }

  /// `@<folder>`: what the aliases of all files that lie directly in that folder begin with.
  public func folderAlias(of folder: String) -> String { "@" + digits(folder) }

  private func digits(_ text: String) -> String {
    let block = key + [UInt8](repeating: 0, count: 64 - key.count)
    let inner = SHA256Digest(of: block.map { $0 ^ 0x36 } + Array(text.utf8))
    return String(SHA256Digest(of: block.map { $0 ^ 0x5C } + inner.bytes).description.prefix(16))
  }

  /// Under another name first, so that a crash leaves no half key.
  private static func keep(_ key: [UInt8], at place: URL) throws(AuditError) {
    let fresh = place.path + ".new"
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .notWritable(path: fresh, reason: String(cString: strerror(errno))) }
    let isWritten = key.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) } == key.count
    let isSynced = isWritten && fsync(descriptor) == 0
    close(descriptor)
    guard isSynced, rename(fresh, place.path) == 0, sync(place.deletingLastPathComponent()) else {
      throw .notWritable(path: place.path, reason: String(cString: strerror(errno)))
    }
  }

  /// Without its name on the disk the key would be lost to a power cut, and with it every alias on record.
  private static func sync(_ folder: URL) -> Bool {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(descriptor) }
    return descriptor >= 0 && fsync(descriptor) == 0
  }
}
