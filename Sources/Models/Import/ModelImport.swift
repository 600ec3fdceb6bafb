import Digests
public import Foundation
import Preprocessing
import Tensors

/// Turns a trained-model folder of nnU-Net v2 into one of ours: the same description and plan, weights as `.safetensors`, where
/// they came from, and the digest of every file.
public enum ModelImport {
  /// Name of the file that says where a model came from.
  public static let provenanceName = "provenance.json"
  /// Files that are copied byte for byte where they exist.
  private static let copied = ModelFolder.describingFiles + ["dataset_fingerprint.json", "postprocessing.json"]

  /// Imports `source` to the folder `destination`, which must not exist: everything is made under a temporary name beside it
  /// and renamed at the end. The model is loaded first, so whatever ``TrainedModel/load(folder:configuration:folds:checkpoint:limits:)``
  /// refuses is not imported. Equal sources give equal bytes.
  @discardableResult
  public static func run(
    from source: URL, to destination: URL, configuration: String? = nil, folds: FoldSelection = .all,
    checkpoint: String = "checkpoint_final"
  ) throws(ModelError) -> TrainedModel {
    let model = try TrainedModel.load(
      folder: source, configuration: configuration, folds: folds, checkpoint: checkpoint)
    guard !FileManager.default.fileExists(atPath: destination.path) else {
      throw ModelError(.request, destination, "exists already; choose a new folder")
    }
    let temporary = destination.deletingLastPathComponent()
      .appending(path: ".\(destination.lastPathComponent).\(UUID().uuidString)")
    do {
      try write(model, from: source, to: temporary, checkpoint: checkpoint)
      try FileManager.default.moveItem(at: temporary, to: destination)
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw error as? ModelError ?? ModelError(.missing, destination, "not written: \(error.localizedDescription)")
    }
    return try TrainedModel.load(
      folder: destination, configuration: model.configuration.name, folds: folds, checkpoint: checkpoint)
  }

  private static func write(_ model: TrainedModel, from source: URL, to folder: URL, checkpoint: String) throws {
    let manager = FileManager.default
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    var paths: [String] = []
    for name in copied where manager.fileExists(atPath: source.appending(path: name).path) {
      try Data(contentsOf: source.appending(path: name)).write(to: folder.appending(path: name))
      paths.append(name)
    }
    for fold in model.folds {
      let path = "fold_\(fold.name)/\(checkpoint).safetensors"
      let file = folder.appending(path: path)
      try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try convert(source.appending(path: fold.path), of: model, to: file)
      paths.append(path)
    }
    try provenance(model, source).data.write(to: folder.appending(path: provenanceName))
    paths.append(provenanceName)
    try Data(try ModelDigest(of: paths, in: folder).listing.utf8).write(
      to: folder.appending(path: ModelVerification.recordName))
  }

  private static func convert(_ source: URL, of model: TrainedModel, to file: URL) throws {
    let checkpoint = try Checkpoint(source)
    var weights: [String: Tensor] = [:]
    for name in checkpoint.shapes.keys { weights[name] = try checkpoint.tensor(name) }
    var facts = checkpoint.facts
    facts.configuration = model.configuration.name
    try SafetensorsFile.write(weights, metadata: facts.metadata, to: file)
  }

  private static func provenance(_ model: TrainedModel, _ source: URL) throws(ModelError) -> JSONValue {
    let digests = try ModelDigest(of: model.folds.map { $0.path }, in: source).files
    let folds = model.folds.map { fold in
      let sha256 = digests.first { $0.path == fold.path }?.sha256.description
      return JSONValue.object([
        .init("fold", .string(fold.name)), .init("file", .string(fold.path)),
        .init("sha256", sha256.map { .string($0) } ?? .null),
        .init("epochs", fold.epochs.map { .integer($0) } ?? .null),
      ])
    }
    return .object([
      .init("format", .string("nnU-Net v2 trained-model folder")), .init("folder", .string(source.lastPathComponent)),
      .init("dataset", .string(model.plans.datasetName)), .init("plans", .string(model.plans.plansName)),
      .init("trainer", .string(model.trainer)), .init("configuration", .string(model.configuration.name)),
      .init("checkpoints", .array(folds)),
    ])
  }
}
