public import Testing
public import Foundation

/// The folder `shared/` that lies beside the repository where the project is developed: data, models, reference scripts.
///
/// A test that needs it says so with a trait, so that a clone without it skips the test and says why:
/// `@Test(.enabled(if: SharedFolder.has("data/hippocampus"), SharedFolder.missing))`.
public enum SharedFolder {
  /// The repository's root, found from this file's place in it.
  public static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// `../shared` relative to the repository, whether or not it exists.
  public static let root = repository.deletingLastPathComponent().appending(path: "shared")

  /// The comment to give a test that is skipped where the folder is missing.
  public static let missing: Comment = "needs ../shared beside the repository, which is not here"

  /// Whether `path`, relative to the folder, exists.
  public static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// The place of `path`, relative to the folder.
  public static func file(_ path: String) -> URL { root.appending(path: path) }
}
