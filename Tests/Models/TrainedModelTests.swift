import Foundation
import Models
import Networks
import Preprocessing
import Tensors
import TestSupport
import Testing

@Suite("Trained-model folders")
struct TrainedModelTests {
  /// The committed model `odd`, copied so that it can be spoilt.
  private static func copy(_ kind: String = "odd") throws -> (TemporaryFolder, URL) {
    let folder = try TemporaryFolder()
    let model = folder.file("model")
    try FileManager.default.copyItem(at: try Golden.file("\(kind)/model"), to: model)
    return (folder, model)
  }

  private static func replace(_ old: String, _ new: String, in file: URL) throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains(old))
    try text.replacingOccurrences(of: old, with: new).write(to: file, atomically: true, encoding: .utf8)
  }

  private func trouble(
    _ folder: URL, _ configuration: String? = nil, _ folds: FoldSelection = .all,
    checkpoint: String = "checkpoint_final"
  ) -> ModelError? {
    do throws(ModelError) {
      _ = try TrainedModel.load(folder: folder, configuration: configuration, folds: folds, checkpoint: checkpoint)
      return nil
    } catch {
      #expect(!error.description.contains("\n"), "one line")
      return error
    }
  }

  @Test("a folder of nnU-Net v2 is read with what its checkpoint says")
  func facts() throws {
    let model = try TrainedModel.load(folder: try Golden.file("plain3d/model"))
    #expect(
      model.configuration.name == "3d_fullres" && model.trainer == "nnUNetTrainer" && model.mirrorAxes == [0, 1, 2])
    #expect(model.folds.map { $0.path } == ["fold_0/checkpoint_final.pth", "fold_1/checkpoint_final.pth"])
    #expect(model.folds.map { $0.epochs } == [1, 1])
    #expect(model.networks.map { $0.outputChannels } == [4, 4])
    #expect(model.warnings == ["2 of nnU-Net's 5 folds are there"])
    #expect(
      model.digest.files.map { $0.path } == [
        "dataset.json", "fold_0/checkpoint_final.pth", "fold_1/checkpoint_final.pth", "plans.json",
      ])
  }

  @Test(
    "the shared models that nnU-Net trained are read", .enabled(if: SharedFolder.has("models"), SharedFolder.missing))
  func trained() throws {
    let model = try TrainedModel.load(folder: SharedFolder.file("models/hippocampus"))
    #expect(model.configuration.name == "3d_small" && model.parameterCount == 1_402_297 && model.folds.count == 2)
    let flat = try TrainedModel.load(folder: SharedFolder.file("models/hippocampus-2d"))
    #expect(flat.configuration.dimensions == 2 && flat.mirrorAxes == [0, 1])
  }

  @Test("folds are chosen as asked, and one that is not there is named")
  func folds() throws {
    let folder = try Golden.file("plain3d/model")
    #expect(try TrainedModel.load(folder: folder, folds: .these(["1", "0"])).folds.map { $0.name } == ["1", "0"])
    #expect(trouble(folder, nil, .these(["2"]))?.reason == "no fold 2 with a checkpoint_final; there are 0, 1")
    #expect(trouble(folder, nil, .all, checkpoint: "checkpoint_best")?.kind == .missing)
    #expect(
      FoldSelection("all") == .all && FoldSelection("0,3") == .these(["0", "3"])
        && FoldSelection("fold_all") == .these(["all"]))
    for text in ["", "x", "0,", "0,0", "-1", "../0"] { #expect(FoldSelection(text) == nil, "\(text)") }
  }

  @Test("a copy of a fold beside it is no fold of its own")
  func copies() throws {
    let (folder, model) = try Self.copy()
    for name in ["fold_0_backup", "fold_00", "fold_"] {
      try FileManager.default.copyItem(at: model.appending(path: "fold_0"), to: model.appending(path: name))
    }
    #expect(try TrainedModel.load(folder: model).folds.map { $0.name } == ["0"])
    withExtendedLifetime(folder) {}
  }

  @Test("without numbered folds fold_all is taken, with a warning")
  func foldAll() throws {
    let (folder, model) = try Self.copy()
    try FileManager.default.moveItem(at: model.appending(path: "fold_0"), to: model.appending(path: "fold_all"))
    let loaded = try TrainedModel.load(folder: model)
    #expect(loaded.folds.map { $0.name } == ["all"] && loaded.warnings.contains { $0.contains("fold_all") })
    withExtendedLifetime(folder) {}
  }

  @Test("a configuration that the plan does not have is named with those it has")
  func configuration() throws {
    let error = try #require(trouble(try Golden.file("odd/model"), "3d_lowres"))
    #expect(error.kind == .request && error.reason.contains("3d_lowres") && error.reason.contains("3d_fullres"))
  }

  @Test("what is missing from the folder is named", arguments: ["dataset.json", "plans.json", "fold_0"])
  func missing(name: String) throws {
    let (folder, model) = try Self.copy()
    try FileManager.default.removeItem(at: model.appending(path: name))
    let error = try #require(trouble(model))
    #expect(error.kind == .missing && error.reason.contains(name == "fold_0" ? "no fold" : name))
    #expect(trouble(model.appending(path: "nowhere"))?.kind == .missing)
    withExtendedLifetime(folder) {}
  }

  @Test(
    "a plan or a description that this engine cannot follow is refused by name",
    arguments: [
      ("plans.json", "SimpleITKIO", "Tiff3DIO", "Tiff3DIO"),
      ("plans.json", "unet.PlainConvUNet", "primus.Primus", "Primus"),
      ("plans.json", "InstanceNorm3d", "BatchNorm3d", "BatchNorm3d"),
      ("plans.json", "torch.nn.LeakyReLU", "torch.nn.ReLU", "ReLU"),
      ("plans.json", "DefaultPreprocessor", "MyPreprocessor", "MyPreprocessor"),
      ("plans.json", "ZScoreNormalization", "MyNormalization", "MyNormalization"),
      ("plans.json", "\"resample_data_or_seg_to_shape\"", "\"my_resampling\"", "my_resampling"),
      ("dataset.json", "\"background\": 0", "\"background\": 4", "background"),
      ("dataset.json", "\"third\": 3", "\"third\": 4", "labels"),
      ("dataset.json", "\"0\": \"MR\"", "\"0\": \"MR\",\"1\": \"T2\"", "2 channels"),
      ("plans.json", "{", "{{", "plans.json"),
      ("plans.json", "\"ZScoreNormalization\"", "\"CTNormalization\"", ""),
    ])
  func unsupported(file: String, old: String, new: String, reason: String) throws {
    let (folder, model) = try Self.copy()
    try Self.replace(old, new, in: model.appending(path: file))
    if reason.isEmpty { return #expect(trouble(model) == nil, "the control: a plan that is merely another is taken") }
    let error = try #require(trouble(model))
    #expect(error.description.contains(reason), "\(error)")
    withExtendedLifetime(folder) {}
  }

  @Test("weights of another network are told apart by name and shape, before any is read")
  func otherNetwork() throws {
    let (folder, model) = try Self.copy()
    try Self.replace("     4,\n", "     5,\n", in: model.appending(path: "plans.json"))
    let error = try #require(trouble(model))
    #expect(
      error.kind == .weights
        && error.reason.contains(
          "of another shape: encoder.stages.0.0.convs.0.conv.weight [4, 1, 3, 3, 3] instead of [5, 1, 3, 3, 3]"),
      "\(error)")
    withExtendedLifetime(folder) {}
  }

  @Test("weights that are missing, surplus, batch-normalised, NaN or infinite are refused by name")
  func weights() throws {
    let (folder, model) = try Self.copy()
    let imported = folder.file("imported")
    try ModelImport.run(from: model, to: imported)
    let file = imported.appending(path: "fold_0/checkpoint_final.safetensors")
    let whole = try SafetensorsFile(file)
    var tensors: [String: Tensor] = [:]
    for (name, shape) in whole.shapes { tensors[name] = Tensor(shape: shape, elements: try whole.elements(of: name)) }
    let bias = "decoder.seg_layers.1.bias"
    func reason(_ change: (inout [String: Tensor]) -> Void) throws -> String? {
      var spoilt = tensors
      change(&spoilt)
      try SafetensorsFile.write(spoilt, metadata: whole.metadata, to: file)
      return trouble(imported)?.reason
    }
    #expect(try reason { _ in } == nil)
    #expect(try reason { $0[bias] = nil }?.contains("1 missing: \(bias)") == true)
    #expect(try reason { $0["extra"] = Tensor(shape: [1]) }?.contains("1 not in the plan: extra") == true)
    #expect(try reason { $0["x.running_mean"] = Tensor(shape: [1]) }?.contains("normalises over the batch") == true)
    #expect(try reason { $0[bias]?.elements[1] = .nan }?.contains("\(bias) has elements that are NaN") == true)
    #expect(
      try reason { $0[bias]?.elements[1] = -.infinity }?.contains("\(bias) has elements that are NaN or infinite")
        == true)
  }

  @Test("a checkpoint whose second names mean other tensors, or that is no checkpoint of nnU-Net, is refused")
  func aliases() throws {
    let folder = try TemporaryFolder()
    func reason(_ pickle: Pickle) throws -> String? {
      let zip = Zip.checkpoint(pickle.op("s").op("s").stopped, storages: ["0": [1, 2], "1": [1, 3], "2": [1, 2]])
      let file = try folder.write(zip.bytes, to: "checkpoint_final.pth")
      do throws(CheckpointError) {
        _ = try Checkpoint(file)
        return nil
      } catch { return error.reason }
    }
    func weights(_ alias: String, _ storage: String) -> Pickle {
      Pickle().op("}").text("network_weights").op("}").text("encoder.a.conv.weight")
        .tensor("0", storage: 2, offset: 0, shape: [2], stride: [1]).op("s").text(alias)
        .tensor(storage, storage: 2, offset: 0, shape: [2], stride: [1])
    }
    for alias in [
      "encoder.a.all_modules.0.weight", "decoder.encoder.a.conv.weight", "decoder.encoder.a.all_modules.0.weight",
    ] {
      #expect(try reason(weights(alias, "0")) == nil)
      #expect(try reason(weights(alias, "2")) == nil, "a copy with equal elements")
      #expect(try reason(weights(alias, "1")) == "\(alias) and encoder.a.conv.weight should be one tensor and differ")
    }
    #expect(try reason(weights("module.encoder.a.conv.weight", "1")) == "two tensors are named encoder.a.conv.weight")
    #expect(
      try reason(weights("encoder.a.all_modules.1.weight", "1"))?.contains("encoder.a.norm.weight, which is missing")
        == true)
    #expect(try reason(Pickle().op("}").text("a").op("}").text("b").int(1))?.contains("network_weights") == true)
  }

  @Test(
    "trainers that replace the network are refused by their name",
    arguments: ["nnUNet_Primus_M_Trainer", "nnUNetTrainerBN"])
  func trainers(name: String) throws {
    let (folder, model) = try Self.copy()
    let imported = folder.file("imported")
    try ModelImport.run(from: model, to: imported)
    let file = imported.appending(path: "fold_0/checkpoint_final.safetensors")
    let bytes = try Data(contentsOf: file)
    let padded = name.padding(toLength: max(name.count, 13), withPad: "x", startingAt: 0)
    let whole = try SafetensorsFile(file)
    var tensors: [String: Tensor] = [:]
    for (key, shape) in whole.shapes { tensors[key] = Tensor(shape: shape, elements: try whole.elements(of: key)) }
    var metadata = whole.metadata
    metadata["trainer_name"] = padded
    try SafetensorsFile.write(tensors, metadata: metadata, to: file)
    #expect(try Data(contentsOf: file) != bytes)
    let error = try #require(trouble(imported))
    #expect(error.kind == .unsupported && error.reason.contains(name))
  }
}
