public import Foundation
import Preprocessing

/// Turns what nnU-Net v2 leaves into what a rule runs: the same descriptions and plans, weights as `.safetensors`, where they came
/// from, and the digest of every file.
public enum ModelImport {
  /// Name of the file in every model's folder that says where it came from.
  public static let provenanceName = "provenance.json"

  /// Imports `source` to the folder `destination`, which must not exist: everything is made under a temporary name beside it
  /// and renamed at the end. `source` is anything that ``ModelEnsemble/load(folder:configuration:folds:checkpoint:needsPreviousStage:limits:)``
  /// reads, and what that refuses is not imported. A cascade's first stage goes to `previous_stage/`; the members of an ensemble
  /// keep nnU-Net's names. Equal sources give equal bytes.
  @discardableResult
  public static func run(
    from source: URL, to destination: URL, configuration: String? = nil, folds: FoldSelection = .all,
    checkpoint: String = "checkpoint_final"
  ) throws(ModelError) -> ModelEnsemble {
    let ensemble = try ModelEnsemble.load(
      folder: source, configuration: configuration, folds: folds, checkpoint: checkpoint)
    guard !FileManager.default.fileExists(atPath: destination.path) else {
      throw ModelError(.request, destination, "exists already; choose a new folder")
    }
    let temporary = destination.deletingLastPathComponent()
      .appending(path: ".\(destination.lastPathComponent).\(UUID().uuidString)")
    do {
      try EnsembleImport(ensemble: ensemble, checkpoint: checkpoint, target: temporary).write()
      try FileManager.default.moveItem(at: temporary, to: destination)
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw error as? ModelError
        ?? ModelError(.missing, destination, "not written: \(error.localizedDescription)")
    }
    return try ModelEnsemble.load(folder: destination, checkpoint: checkpoint)
  }
}

/// Writes one ensemble to a new folder.
private struct EnsembleImport {
  let ensemble: ModelEnsemble
  let checkpoint: String
  let target: URL

  func write() throws {
    var paths: [String] = []
    if ensemble.members.count == 1 {
      paths += try write(ensemble.members[0], below: "")
      if ensemble.postprocessing != nil { paths.append(try writePostprocessing("postprocessing.json")) }
    } else {
      for member in ensemble.members { paths += try write(member, below: member.model.folder.lastPathComponent + "/") }
      paths += try writeSelection()
    }
    let listing = try ModelDigest(of: paths, in: target).listing
    try put(Data(listing.utf8), ModelVerification.recordName)
  }

  private func write(_ member: ModelEnsemble.Member, below prefix: String) throws -> [String] {
    var paths = try ModelWriter(model: member.model, checkpoint: checkpoint).write(to: target, below: prefix)
    for stage in member.stages.dropLast() {
      paths += try ModelWriter(model: stage, checkpoint: checkpoint)
        .write(to: target, below: "\(prefix)\(ModelEnsemble.previousStageFolder)/")
    }
    return paths
  }

  /// What nnU-Net's `inference_information.json` says that inference needs; its paths of another machine are left out.
  private func writeSelection() throws -> [String] {
    let names = ensemble.members.compactMap { ResultsFolder.ModelName($0.model.folder.lastPathComponent) }
    let folds = ensemble.members[0].model.folds.map { $0.name }
    let members = names.map { name in
      JSONValue.object([
        .init("configuration", .string(name.configuration)), .init("trainer", .string(name.trainer)),
        .init("plans_identifier", .string(name.plans)),
      ])
    }
    let selection = JSONValue.object([
      .init("folds", .array(folds.map { fold in Int(fold).map { .integer($0) } ?? .string(fold) })),
      .init("best_model_or_ensemble", .object([.init("selected_model_or_models", .array(members))])),
    ])
    try put(selection.data, ResultsFolder.selectionName)
    guard ensemble.postprocessing != nil else { return [ResultsFolder.selectionName] }
    return [ResultsFolder.selectionName, try writePostprocessing(ResultsFolder.postprocessing(names, folds))]
  }

  private func writePostprocessing(_ path: String) throws -> String {
    if let json = ensemble.postprocessing?.json { try put(json.data, path) }
    return path
  }

  private func put(_ data: Data, _ path: String) throws {
    let file = target.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }
}
