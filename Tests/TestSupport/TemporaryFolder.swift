public import Foundation

/// A fresh, empty folder that is removed with all it holds when the last reference to it goes.
public final class TemporaryFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Makes the folder below the system's temporary folder, mode 0700.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "vigil-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The place of `path`, relative to the folder.
  public func file(_ path: String) -> URL { url.appending(path: path) }

  /// Writes `bytes` to `path`, relative to the folder, making the folders between, and returns the file's place.
  @discardableResult
  public func write(_ bytes: some Sequence<UInt8>, to path: String) throws -> URL {
    let place = file(path)
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
    return place
  }

  /// Names of what the folder holds, hidden ones too, sorted.
  public func contents(_ path: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: file(path).path).sorted()
  }
}
