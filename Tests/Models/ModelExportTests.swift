import Digests
import Foundation
import Models
import Preprocessing
import TestSupport
import Testing

@Suite("Exporting to nnU-Net")
struct ModelExportTests {
  /// Everything below `network_weights` of a file, in its order.
  private static func weights(_ file: URL) throws -> (
    names: [String], tensors: [String: TorchTensor], [String: [Float]]
  ) {
    let checkpoint = try TorchCheckpoint(file)
    let document = checkpoint.document
    let dictionary = try #require(document.dictionary(document.dictionary(document.root)?["network_weights"]))
    var (names, tensors, elements): ([String], [String: TorchTensor], [String: [Float]]) = ([], [:], [:])
    for key in dictionary.keys {
      guard case .string(let name) = key, case .tensor(let tensor)? = dictionary[key] else { continue }
      names.append(name)
      tensors[name] = tensor
      elements[name] = try checkpoint.elements(of: tensor)
    }
    return (names, tensors, elements)
  }

  /// nnU-Net's model, brought to safetensors, which have each parameter once, and back.
  private static func exported(_ kind: String, in folder: TemporaryFolder) throws -> URL {
    try ModelImport.run(from: try Golden.file("\(kind)/model"), to: folder.file("imported"))
    try ModelExport.run(from: folder.file("imported"), to: folder.file("exported"))
    return folder.file("exported/fold_0/checkpoint_final.pth")
  }

  @Test(
    "a model of nnU-Net that is imported and exported has nnU-Net's names in nnU-Net's order, and every weight",
    arguments: ["odd", "plain3d", "2d", "resenc-m", "regions"])
  func names(kind: String) throws {
    let folder = try TemporaryFolder()
    let theirs = try Self.weights(try Golden.file("\(kind)/model/fold_0/checkpoint_final.pth"))
    let ours = try Self.weights(try Self.exported(kind, in: folder))
    #expect(ours.names == theirs.names)
    #expect(ours.2 == theirs.2)
    for name in ours.names { #expect(ours.tensors[name]?.shape == theirs.tensors[name]?.shape) }
    // Second names share the storage of the first.
    let first = try #require(ours.names.first)
    #expect(ours.tensors["decoder.\(first)"] == ours.tensors[first])
    #expect(Set(ours.tensors.values.map { $0.storage }).count * 2 < ours.names.count)
  }

  /// `check_export.py` had torch and nnU-Net load files with exactly these bytes.
  @Test("the bytes are those that torch and nnU-Net have loaded", arguments: ["odd", "2d", "resenc-m"])
  func bytes(kind: String) throws {
    let folder = try TemporaryFolder()
    let golden = try JSONSerialization.jsonObject(with: Data(contentsOf: try Golden.file("export.json")))
    let digests = try #require((golden as? [String: Any])?["sha256"] as? [String: String])
    let file = try Self.exported(kind, in: folder)
    #expect("\(try SHA256Digest(ofFile: file))" == digests[kind])
  }

  @Test("what nnU-Net asks a checkpoint for is there")
  func facts() throws {
    let folder = try TemporaryFolder()
    let file = try Self.exported("odd", in: folder)
    let model = try TrainedModel.load(folder: folder.file("exported"))
    let original = try TrainedModel.load(folder: try Golden.file("odd/model"))
    #expect(model.mirrorAxes == original.mirrorAxes && model.configuration == original.configuration)
    #expect(model.plans == original.plans && model.dataset == original.dataset)
    let document = try TorchCheckpoint(file).document
    let root = try #require(document.dictionary(document.root))
    #expect(root["trainer_name"] == .string(original.trainer))
    let arguments = try #require(document.dictionary(root["init_args"]))
    #expect(arguments["configuration"] == .string(original.configuration.name) && arguments["fold"] == .int(0))
    #expect(document.dictionary(arguments["plans"])?["plans_name"] == .string(original.plans.plansName))
    let bytes = try Data(contentsOf: file)
    try ModelExport.run(from: folder.file("imported"), to: folder.file("again"))
    #expect(try Data(contentsOf: folder.file("again/fold_0/checkpoint_final.pth")) == bytes)
    #expect(try folder.contents() == ["again", "exported", "imported"])
  }

  @Test("a network with max pooling, and a folder that is there, are refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try ModelImport.run(from: try Golden.file("odd/model"), to: folder.file("model"))
    let plans = folder.file("model/plans.json")
    let text = try String(contentsOf: plans, encoding: .utf8)
    let pooled = text.replacing("\"arch_kwargs\": {", with: "\"arch_kwargs\": {\"pool\": \"max\",")
    #expect(pooled != text)
    #expect { try ModelExport.run(from: folder.file("model"), to: folder.file("model")) } throws: {
      "\($0)".contains("exists already")
    }
    try Data(pooled.utf8).write(to: plans)
    #expect { try ModelExport.run(from: folder.file("model"), to: folder.file("out")) } throws: {
      ($0 as? ModelError)?.kind == .unsupported && "\($0)".contains("max pooling")
    }
    #expect(try folder.contents() == ["model"])
  }

  @Test("a Decathlon description becomes nnU-Net's")
  func decathlon() throws {
    let folder = try TemporaryFolder()
    try ModelImport.run(from: try Golden.file("odd/model"), to: folder.file("model"))
    let original = try TrainedModel.load(folder: folder.file("model")).dataset
    let channels = original.channelNames.enumerated().map { "\"\($0)\": \"\($1)\"" }.joined(separator: ", ")
    let labels = original.labels.map { "\"\($0.values[0])\": \"\($0.name)\"" }.joined(separator: ", ")
    let text =
      "{\"modality\": {\(channels)}, \"labels\": {\(labels)}, \"numTraining\": 3, \"training\": [], \"licence\": \"x\"}"
    try Data(text.utf8).write(to: folder.file("model/dataset.json"))
    let model = try ModelExport.run(from: folder.file("model"), to: folder.file("out"))
    #expect(model.dataset.labels == original.labels && model.dataset.channelNames == original.channelNames)
    #expect(model.dataset.fileEnding == ".nii.gz" && model.dataset.trainingCount == 3)
    let written = try String(contentsOf: folder.file("out/dataset.json"), encoding: .utf8)
    #expect(written.contains("\"channel_names\"") && !written.contains("training\""))
    #expect(written.contains("\"background\": 0") && written.contains("licence"))
  }
}
