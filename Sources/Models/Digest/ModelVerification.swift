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
  /// The digest over the description, the plan and every checkpoint, which for a model used with all folds is the audit's
  /// `model_sha256`.
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
    let decisive = try Self.modelFiles(in: folder)
    unrecorded = decisive.filter { !known.contains($0) }
    sha256 = try ModelDigest(of: decisive, in: folder).sha256
  }

  /// Every file below `folder` that decides what a prediction looks like, of one model or of all in a results folder.
  static func modelFiles(in folder: URL) throws(ModelError) -> [String] {
    let trust = [ModelEnsemble.trustName].filter { exists($0, in: folder) }
    return (try networkFiles(in: folder) + trust).sorted()
  }

  private static func networkFiles(in folder: URL) throws(ModelError) -> [String] {
    let isModel = FileManager.default.fileExists(atPath: folder.appending(path: "plans.json").path)
    guard !isModel, let results = ResultsFolder(folder) else { return try modelFiles(in: folder, below: "") }
    var files: [String] = []
    for model in results.models { files += try modelFiles(in: folder, below: model.folderName + "/") }
    if let selection = try results.selection() {
      files += [ResultsFolder.selectionName] + [selection.postprocessing].filter { exists($0, in: folder) }
    }
    return files
  }

  private static func modelFiles(in folder: URL, below prefix: String) throws(ModelError) -> [String] {
    let contents = try ModelFolder(prefix.isEmpty ? folder : folder.appending(path: prefix))
    let checkpoints = contents.folds.flatMap { fold in fold.checkpoints.map { "\(fold.folderName)/\($0)" } }
    let more = ["postprocessing.json"].filter { exists(prefix + $0, in: folder) }
    let files = (ModelFolder.describingFiles + checkpoints + more).map { prefix + $0 }
    let previous = "\(prefix)\(ModelEnsemble.previousStageFolder)/"
    guard exists(previous + "plans.json", in: folder) else { return files }
    return try files + modelFiles(in: folder, below: previous)
  }

  private static func exists(_ path: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: path).path)
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
