import Foundation
import Networks
import Preprocessing
import Tensors

/// Writes a network as nnU-Net v2 saves it: a file that `torch.load` reads, also with `weights_only=True`.
struct TorchWriter {
  let dictionary: StateDictionary
  let parameters: [Parameter]
  let facts: CheckpointFacts
  /// What nnU-Net calls `init_args`.
  let arguments: JSONValue

  /// Reads every tensor from `checkpoint` and writes `file`. A tensor under several names is stored once.
  func write(_ checkpoint: Checkpoint, to file: URL) throws {
    let folder = file.deletingPathExtension().lastPathComponent
    var zip = try StoredZipWriter(file)
    do {
      try zip.add("\(folder)/data.pkl", pickle)
      try zip.add("\(folder)/byteorder", Array("little".utf8))
      for (index, parameter) in parameters.enumerated() {
        let elements = try checkpoint.tensor(parameter.name).elements
        try zip.add(
          "\(folder)/data/\(index)", elements.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Array($0) })
      }
      try zip.add("\(folder)/version", Array("3\n".utf8))
      try zip.finish()
    } catch {
      zip.abandon()
      throw error
    }
  }

  /// The dictionary that nnU-Net's inference, and its `-pretrained_weights`, look into; there is no state of an optimiser.
  private var pickle: [UInt8] {
    let places = Dictionary(uniqueKeysWithValues: parameters.enumerated().map { ($1.name, ($0, $1.shape)) })
    var pickle = PickleWriter()
    pickle.dictionary { root in
      root.text("network_weights")
      root.orderedDictionary { weights in
        for entry in dictionary.entries {
          guard let (index, shape) = places[entry.own] else { continue }
          weights.text(entry.name)
          weights.tensor(shape: shape, storage: "\(index)")
        }
      }
      root.text("trainer_name")
      root.text(facts.trainer ?? Self.plainTrainer)
      root.text("inference_allowed_mirroring_axes")
      if let axes = facts.mirrorAxes, !axes.isEmpty { root.ints(axes) } else { root.none() }
      root.text("current_epoch")
      if let epoch = facts.epoch { root.int(epoch) } else { root.none() }
      root.text("init_args")
      root.json(arguments)
    }
    return pickle.finished
  }

  /// nnU-Net's own trainer, which builds the plan's network.
  static let plainTrainer = "nnUNetTrainer"
}
