public import Digests
public import Foundation
import Preprocessing

/// Which bytes a model is made of: the digest of every file, and one digest over all.
///
/// ``listing`` is in the format of `sha256sum`, so `sha256sum -c model.sha256` checks a folder without this program.
public struct ModelDigest: Sendable, Equatable {
  /// One file.
  public struct File: Sendable, Equatable {
    /// Its path relative to the model folder, `/` between parts.
    public let path: String
    /// The digest of its bytes.
    public let sha256: SHA256Digest
  }

  /// The files in the order of their paths' UTF-8 bytes.
  public let files: [File]

  /// One line for each file: digest, two spaces, path.
  public var listing: String { files.map { "\($0.sha256)  \($0.path)\n" }.joined() }

  /// The digest of ``listing``: what the audit calls `model_sha256`.
  public var sha256: SHA256Digest { SHA256Digest(of: listing) }

  /// Of files that are digested already; one that is named twice counts once.
  init(files: [File]) {
    let byPath = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    self.files = byPath.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Digests the files at `paths` below `folder`. A link at the end of a path is followed.
  public init(of paths: some Sequence<String>, in folder: URL) throws(ModelError) {
    let paths = Set(paths).sorted()
    let digested = Threads.map(paths.count, threads: Threads.available) { index -> Result<File, ModelError> in
      let file = folder.appending(path: paths[index]).resolvingSymlinksInPath()
      return Result { File(path: paths[index], sha256: try SHA256Digest(ofFile: file)) }
        .mapError { ModelError(.missing, file, "\($0)") }
    }
    var files: [File] = []
    for file in digested { files.append(try file.get()) }
    self.init(files: files)
  }
}
