import Digests
public import Foundation
import Models
import Tensors

/// Weights of an earlier training to begin with (nnU-Net v2's `-pretrained_weights`). Unlike nnU-Net, which starts its segmentation
/// layers afresh, every layer is taken: the network must be the same to the last shape.
public struct PretrainedWeights: Sendable {
  /// The parameters by the names of nnU-Net's state dict.
  let tensors: [String: Tensor]
  /// Digest of the file, lower-case hexadecimal.
  public let sha256: String

  /// Reads a `checkpoint_final.safetensors`. Whether its tensors suit a network is checked where the network is made.
  public init(_ file: URL) throws(TrainingError) {
    do {
      let stored = try SafetensorsFile(file)
      tensors = try Dictionary(
        uniqueKeysWithValues: stored.shapes.map { name, shape in
          (name, Tensor(shape: shape, elements: try stored.elements(of: name)))
        })
      sha256 = try SHA256Digest(ofFile: file).description
    } catch { throw TrainingError("--pretrained-weights: \(error)") }
  }
}
