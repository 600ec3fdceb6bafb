public import Foundation
import Networks
import Preprocessing

/// Turns a trained model of ours into a folder that nnU-Net v2 runs unchanged (`nnUNetv2_predict_from_modelfolder -m`): `dataset.json`,
/// `plans.json`, `fold_N/checkpoint_final.pth`.
public enum ModelExport {
  /// Exports `source` to the folder `destination`, which must not exist: everything is made under a temporary name beside it and renamed at
  /// the end. Refused: networks that nnU-Net cannot build (max pooling). Equal sources give equal bytes.
  @discardableResult
  public static func run(
    from source: URL, to destination: URL, configuration: String? = nil, folds: FoldSelection = .all
  ) throws(ModelError) -> TrainedModel {
    let model = try TrainedModel.load(folder: source, configuration: configuration, folds: folds)
    guard model.architecture.downsampling == .stridedConvolution else {
      throw ModelError(
        .unsupported, source,
        "\(model.configuration.name) halves its resolution by max pooling, as nnU-Net's first paper did; nnU-Net v2 builds strided convolutions only, so plan with --recipe v2 what it shall run"
      )
    }
    guard !FileManager.default.fileExists(atPath: destination.path) else {
      throw ModelError(.request, destination, "exists already; choose a new folder")
    }
    let temporary = destination.deletingLastPathComponent()
      .appending(path: ".\(destination.lastPathComponent).\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
      try ExportedModel(model: model, target: temporary).write()
      try FileManager.default.moveItem(at: temporary, to: destination)
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw error as? ModelError ?? ModelError(.missing, destination, "not written: \(error)")
    }
    return try TrainedModel.load(folder: destination)
  }
}

/// Writes one model to a folder.
private struct ExportedModel {
  let model: TrainedModel
  let target: URL

  func write() throws {
    let description = try Self.json(model.folder.appending(path: "dataset.json"))
    let nnUNets = model.dataset.nnUNetJSON(description)
    try nnUNets.data.write(to: target.appending(path: "dataset.json"))
    for name in ["plans.json", "dataset_fingerprint.json"] {
      let file = model.folder.appending(path: name)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      try Data(contentsOf: file).write(to: target.appending(path: name))
    }
    for fold in model.folds { try write(fold, nnUNets) }
  }

  private func write(_ fold: TrainedModel.Fold, _ description: JSONValue) throws {
    let folder = target.appending(path: "fold_\(fold.name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let checkpoint = try Checkpoint(model.folder.appending(path: fold.path))
    let parameters = model.architecture.parameters(
      inputChannels: fold.network.inputChannels, outputChannels: fold.network.outputChannels)
    var facts = checkpoint.facts
    facts.mirrorAxes = model.mirrorAxes
    if facts.trainer?.hasPrefix("nnUNet") != true { facts.trainer = TorchWriter.plainTrainer }
    try TorchWriter(
      dictionary: StateDictionary(parameters, hasDropout: hasDropout), parameters: parameters, facts: facts,
      arguments: .object([
        .init("plans", model.plans.json), .init("configuration", .string(model.configuration.name)),
        .init("fold", Int(fold.name).map { .integer($0) } ?? .string(fold.name)), .init("dataset_json", description),
      ])
    ).write(checkpoint, to: folder.appending(path: "checkpoint_final.pth"))
  }

  private var hasDropout: Bool {
    let architecture = try? JSONValue(parsing: model.configuration.architecture)
    return architecture?["arch_kwargs"]?["dropout_op"]?.text != nil
  }

  private static func json(_ file: URL) throws -> JSONValue { try JSONValue(parsing: Data(contentsOf: file)) }
}

extension DatasetDescription {
  /// `json`, which it was read from, as nnU-Net v2 wants it: the Decathlon's `modality`, its labels by number and its lists of cases replaced.
  fileprivate func nnUNetJSON(_ json: JSONValue) -> JSONValue {
    let isDecathlon = json["channel_names"] == nil || json["file_ending"] == nil
    guard isDecathlon, let members = json.members else { return json }
    let replaced = ["channel_names", "modality", "labels", "numTraining", "file_ending", "training", "test", "numTest"]
    let channels = channelNames.enumerated().map { JSONValue.Member("\($0)", .string($1)) }
    let values = labels.map { label in
      JSONValue.Member(
        label.name, label.values.count == 1 ? .integer(label.values[0]) : .array(label.values.map { .integer($0) }))
    }
    return .object(
      [
        .init("channel_names", .object(channels)), .init("labels", .object(values)),
        .init("numTraining", trainingCount.map { .integer($0) } ?? .integer(0)),
        .init("file_ending", .string(fileEnding ?? ".nii.gz")),
      ] + members.filter { !replaced.contains($0.key) })
  }
}
