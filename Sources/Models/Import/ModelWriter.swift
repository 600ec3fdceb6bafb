import Digests
import Foundation
import Preprocessing
import Tensors

/// Writes one trained model as a folder of ours.
struct ModelWriter {
  let model: TrainedModel
  /// Name of the checkpoints without ending.
  let checkpoint: String

  /// Files that are copied byte for byte where they exist.
  private static let copied = ModelFolder.describingFiles + ["dataset_fingerprint.json"]

  /// Writes the model to `target`/`prefix` and returns the paths of its files relative to `target`.
  func write(to target: URL, below prefix: String) throws -> [String] {
    let manager = FileManager.default
    try manager.createDirectory(at: target.appending(path: prefix), withIntermediateDirectories: true)
    var paths: [String] = []
    for name in Self.copied where manager.fileExists(atPath: model.folder.appending(path: name).path) {
      try Data(contentsOf: model.folder.appending(path: name)).write(to: target.appending(path: prefix + name))
      paths.append(prefix + name)
    }
    for fold in model.folds {
      let path = "\(prefix)fold_\(fold.name)/\(checkpoint).safetensors"
      let file = target.appending(path: path)
      try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try convert(model.folder.appending(path: fold.path), to: file)
      paths.append(path)
    }
    try provenance().data.write(to: target.appending(path: prefix + ModelImport.provenanceName))
    return paths + [prefix + ModelImport.provenanceName]
  }

  private func convert(_ source: URL, to file: URL) throws {
    let checkpoint = try Checkpoint(source)
    var weights: [String: Tensor] = [:]
    for name in checkpoint.shapes.keys { weights[name] = try checkpoint.tensor(name) }
    var facts = checkpoint.facts
    facts.configuration = model.configuration.name
    try SafetensorsFile.write(weights, metadata: facts.metadata, to: file)
  }

  private func provenance() throws(ModelError) -> JSONValue {
    let digests = try ModelDigest(of: model.folds.map { $0.path }, in: model.folder).files
    let folds = model.folds.map { fold in
      let sha256 = digests.first { $0.path == fold.path }?.sha256.description
      return JSONValue.object([
        .init("fold", .string(fold.name)), .init("file", .string(fold.path)),
        .init("sha256", sha256.map { .string($0) } ?? .null),
        .init("epochs", fold.epochs.map { .integer($0) } ?? .null),
      ])
    }
    return .object([
      .init("format", .string("nnU-Net v2 trained-model folder")),
      .init("folder", .string(model.folder.lastPathComponent)), .init("dataset", .string(model.plans.datasetName)),
      .init("plans", .string(model.plans.plansName)), .init("trainer", .string(model.trainer)),
      .init("configuration", .string(model.configuration.name)), .init("checkpoints", .array(folds)),
    ])
  }
}
