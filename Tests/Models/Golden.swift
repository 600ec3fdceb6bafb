import Foundation

/// The committed golden files, and the folder `shared` beside the repository where it exists.
enum Golden {
  /// `Tests/Models/Golden`.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  /// The repository.
  static let repository = folder.appending(path: "../../..").standardizedFileURL
  /// `../shared`, with data and models too large to commit.
  static let shared = repository.appending(path: "../shared").standardizedFileURL
  /// Whether ``shared`` has what the tests use.
  static let hasShared = FileManager.default.fileExists(atPath: shared.appending(path: "models/hippocampus").path)

  static func checkpoint(_ name: String) -> URL { folder.appending(path: "checkpoints/\(name)") }
}

/// A folder for one test, removed when the value goes.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes `bytes` to a file called `name` and returns its place.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file
  }
}
