import Foundation

/// What lies in a trained-model folder as nnU-Net v2 leaves it, or as `vigil model import` writes it.
struct ModelFolder {
  /// One `fold_N`.
  struct Fold {
    /// "0", "all": the folder's name behind `fold_`.
    let name: String
    /// Names of the checkpoint files in it, sorted.
    let checkpoints: [String]

    var folderName: String { "fold_\(name)" }
  }

  /// The files that describe the model.
  static let describingFiles = ["dataset.json", "plans.json"]

  /// The folder.
  let url: URL
  /// Its folds: `fold_<number>`, in their order, then `fold_all`. Other folders (`fold_0_backup`) are none.
  let folds: [Fold]

  init(_ url: URL) throws(ModelError) {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw ModelError(.missing, url, "no such folder; expected a trained model of nnU-Net v2")
    }
    for name in Self.describingFiles where !manager.fileExists(atPath: url.appending(path: name).path) {
      throw ModelError(
        .missing, url, "no \(name) in it: not a trained-model folder of nnU-Net v2 (dataset.json, plans.json, fold_0)")
    }
    self.url = url
    let names = ((try? manager.contentsOfDirectory(atPath: url.path)) ?? [])
      .filter { $0.hasPrefix("fold_") }.map { String($0.dropFirst(5)) }
      .filter { name in name == "all" || Int(name).map { $0 >= 0 && String($0) == name } == true }
    folds = names.sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }.map { name in
      let files = (try? manager.contentsOfDirectory(atPath: url.appending(path: "fold_\(name)").path)) ?? []
      return Fold(name: name, checkpoints: files.filter { Self.isCheckpoint($0) }.sorted())
    }
  }

  /// The selected folds with the file of each. `checkpoint` is the file's name without its ending; where both endings are
  /// there, `.safetensors` is taken.
  func files(_ selection: FoldSelection, checkpoint: String) throws(ModelError) -> [(fold: String, path: String)] {
    let available = folds.compactMap { fold -> (fold: String, path: String)? in
      let name = ["\(checkpoint).safetensors", "\(checkpoint).pth"].first { fold.checkpoints.contains($0) }
      return name.map { (fold.name, "\(fold.folderName)/\($0)") }
    }
    guard !available.isEmpty else {
      throw ModelError(
        .missing, url,
        "no fold has a file named \(checkpoint).pth or .safetensors; folds: \(names(folds.map { $0.name }))")
    }
    switch selection {
    case .all:
      let numbered = available.filter { $0.fold != "all" }
      return numbered.isEmpty ? available : numbered
    case .these(let wanted):
      var files: [(fold: String, path: String)] = []
      for name in wanted {
        guard let file = available.first(where: { $0.fold == name }) else {
          throw ModelError(
            .request, url, "no fold \(name) with a \(checkpoint); there are \(names(available.map { $0.fold }))")
        }
        files.append(file)
      }
      return files
    }
  }

  private func names(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }

  private static func isCheckpoint(_ name: String) -> Bool {
    name.hasPrefix("checkpoint_") && (name.hasSuffix(".pth") || name.hasSuffix(".safetensors"))
  }
}
