public import Foundation

extension ModelDigest {
  /// Digests every file below `folder` that any choice of configuration and folds may read: descriptions, plans, checkpoints,
  /// postprocessing, what a results folder selects, and what its results are judged by. They are found by their names; no byte of them is interpreted, so a
  /// model can be told by its digest before anything in it is believed.
  ///
  /// For a model that is used whole, with all its folds, this is the audit's `model_sha256`.
  public init(ofFolder folder: URL) throws(ModelError) {
    let isModel = Self.isThere("plans.json", in: folder)
    guard !isModel, let results = ResultsFolder(folder) else {
      self = try ModelDigest(of: Self.files(in: folder, below: "") + Self.trust(in: folder), in: folder)
      return
    }
    var files: [String] = []
    for model in results.models { files += try Self.files(in: folder, below: model.folderName + "/") }
    files += [ResultsFolder.selectionName].filter { Self.isThere($0, in: folder) }
    files += Self.findings(in: folder, results) + Self.trust(in: folder)
    self = try ModelDigest(of: files, in: folder)
  }

  /// The files of one model, with its first stage.
  private static func files(in folder: URL, below prefix: String) throws(ModelError) -> [String] {
    let contents = try ModelFolder(prefix.isEmpty ? folder : folder.appending(path: prefix))
    let checkpoints = contents.folds.flatMap { fold in fold.checkpoints.map { "\(fold.folderName)/\($0)" } }
    let more = [finding].filter { isThere(prefix + $0, in: folder) }
    let files = (ModelFolder.describingFiles + checkpoints + more).map { prefix + $0 }
    let previous = "\(prefix)\(ModelEnsemble.previousStageFolder)/"
    guard isThere(previous + "plans.json", in: folder) else { return files }
    return try files + self.files(in: folder, below: previous)
  }

  /// Name of what a cross-validation finds should be removed.
  private static let finding = "postprocessing.json"

  /// Where nnU-Net leaves findings in a results folder: beside each cross-validation, and below `ensembles/`.
  private static func findings(in folder: URL, _ results: ResultsFolder) -> [String] {
    (results.models.map { $0.folderName } + ["ensembles"]).flatMap { name -> [String] in
      let below = (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path)) ?? []
      return below.filter { $0.hasPrefix("crossval_results") || $0.hasPrefix("ensemble___") }
        .map { "\(name)/\($0)/\(finding)" }.filter { isThere($0, in: folder) }
    }
  }

  private static func trust(in folder: URL) -> [String] {
    [ModelEnsemble.trustName].filter { isThere($0, in: folder) }
  }

  private static func isThere(_ path: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: path).path)
  }
}
