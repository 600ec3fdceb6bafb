public import Digests
public import Foundation

/// Compares a model folder with the digests recorded beside it in `model.sha256` when it was imported.
public struct ModelVerification: Sendable, Equatable {
  /// Name of the record.
  public static let recordName = "model.sha256"

  /// Files whose bytes are those recorded.
  public let intact: [String]
  /// Files whose bytes differ.
  public let changed: [String]
  /// Recorded files that are not there or cannot be read.
  public let missing: [String]
  /// Files that inference would read and that the record does not have.
  public let unrecorded: [String]
  /// The digest of the folder (``ModelDigest/init(ofFolder:)``).
  public let sha256: SHA256Digest

  /// Whether every recorded file is intact and there is no other.
  public var isIntact: Bool { changed.isEmpty && missing.isEmpty && unrecorded.isEmpty }

  /// Reads the record in `folder` and digests every file it names.
  public init(of folder: URL) throws(ModelError) {
    let record = folder.appending(path: Self.recordName)
    guard let data = try? Data(contentsOf: record), let text = String(data: data, encoding: .utf8) else {
      throw ModelError(
        .missing, record, "no record of digests; `vigil model import` writes one, or `sha256sum` in the same format")
    }
    var (intact, changed, missing): ([String], [String], [String]) = ([], [], [])
    for line in text.split(separator: "\n") {
      let (path, digest) = try Self.entry(line, record)
      guard let found = try? ModelDigest(of: [path], in: folder).files.first else {
        missing.append(path)
        continue
      }
      if found.sha256.description == digest { intact.append(path) } else { changed.append(path) }
    }
    let known = Set(intact + changed)
    (self.intact, self.changed, self.missing) = (intact, changed, missing)
    let whole = try ModelDigest(ofFolder: folder)
    unrecorded = whole.files.map { $0.path }.filter { !known.contains($0) }
    sha256 = whole.sha256
  }

  /// Path and digest of one line; a path that leaves the folder is refused.
  private static func entry(_ line: Substring, _ record: URL) throws(ModelError) -> (path: String, digest: String) {
    let digest = String(line.prefix(64))
    let path = String(line.dropFirst(66))
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard digest.count == 64, digest.allSatisfy({ $0.isHexDigit }), !path.isEmpty,
      line.dropFirst(64).first == " ", parts.allSatisfy({ !["", ".", ".."].contains($0) })
    else { throw ModelError(.malformed, record, "\"\(line)\" is not a digest, two spaces and a relative path") }
    return (path, digest.lowercased())
  }
}
