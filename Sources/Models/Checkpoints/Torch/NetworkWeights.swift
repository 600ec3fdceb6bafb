import Foundation

extension TorchCheckpoint {
  /// The tensors below `network_weights` by their own names. nnU-Net saves most of them under two or four names that share one
  /// storage; a second name that means another tensor is an error, because which of the two counts would be a guess.
  func networkWeights(_ file: URL) throws(CheckpointError) -> [String: TorchTensor] {
    guard let weights = document.dictionary(document.dictionary(document.root)?["network_weights"]) else {
      throw CheckpointError(
        .unsuitable, file.path, "not a checkpoint of nnU-Net v2: it has no dict named network_weights")
    }
    var own: [String: TorchTensor] = [:]
    var aliases: [(name: String, of: String, tensor: TorchTensor)] = []
    for key in weights.keys {
      guard let name = key.text, case .tensor(let tensor)? = weights[key] else {
        throw CheckpointError(.unsuitable, file.path, "network_weights holds something that is no named tensor")
      }
      let parameter = ParameterName(name)
      if parameter.isAlias {
        aliases.append((name, parameter.own, tensor))
      } else if let other = own.updateValue(tensor, forKey: parameter.own), other != tensor {
        throw CheckpointError(.unsuitable, file.path, "two tensors are named \(parameter.own)")
      }
    }
    for alias in aliases {
      guard let tensor = own[alias.of] else {
        throw CheckpointError(.unsuitable, file.path, "\(alias.name) is a second name of \(alias.of), which is missing")
      }
      guard try agree(tensor, alias.tensor) else {
        throw CheckpointError(.unsuitable, file.path, "\(alias.name) and \(alias.of) should be one tensor and differ")
      }
    }
    return own
  }

  private func agree(_ a: TorchTensor, _ b: TorchTensor) throws(CheckpointError) -> Bool {
    if a == b { return true }
    guard a.shape == b.shape else { return false }
    return try elements(of: a) == elements(of: b)
  }
}

/// A name of nnU-Net's state dict, and the tensor's own name that it stands for.
struct ParameterName {
  /// Such as `encoder.stages.0.0.convs.0.conv.weight`.
  let own: String
  /// Whether the name given is a second name.
  let isAlias: Bool

  init(_ name: String) {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
    while let first = parts.first, first == "module" || first == "_orig_mod" { parts.removeFirst() }
    let plain = parts.joined(separator: ".")
    if parts.starts(with: ["decoder", "encoder"]) { parts.removeFirst() }
    // A block lists its layers once more: convolution, then (dropout,) instance norm.
    if let index = parts.firstIndex(of: "all_modules"), index + 1 < parts.count {
      parts.replaceSubrange(index...index + 1, with: [parts[index + 1] == "0" ? "conv" : "norm"])
    }
    own = parts.joined(separator: ".")
    isAlias = own != plain
  }
}
