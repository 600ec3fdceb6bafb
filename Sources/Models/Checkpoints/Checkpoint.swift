package import Foundation
package import Tensors

/// The weights of one fold, from a `.pth` that nnU-Net v2 saved or a `.safetensors` that we did; tensors are read when asked for.
package struct Checkpoint: Sendable {
  /// The file.
  package let file: URL
  /// What it says of its training.
  package let facts: CheckpointFacts
  /// Shape of each tensor by its name in nnU-Net's state dict, aliases (`all_modules`, `decoder.encoder.`) left out.
  package let shapes: [String: [Int]]
  private let source: Source

  private enum Source: Sendable {
    case torch(TorchCheckpoint, [String: TorchTensor])
    case safetensors(SafetensorsFile)
  }

  /// Opens `file`; the ending of its name decides how.
  package init(_ file: URL, limits: CheckpointLimits = CheckpointLimits()) throws(CheckpointError) {
    self.file = file
    if file.pathExtension == "safetensors" {
      let safetensors = try SafetensorsFile(file, limits: limits)
      guard let facts = CheckpointFacts(metadata: safetensors.metadata) else {
        throw CheckpointError(
          .unsuitable, file.path, "not written by `vigil model import`: its metadata name no format")
      }
      (self.facts, shapes, source) = (facts, safetensors.shapes, .safetensors(safetensors))
    } else {
      let torch = try TorchCheckpoint(file, limits: limits)
      let tensors = try torch.networkWeights(file)
      (facts, source) = (CheckpointFacts(torch.document), .torch(torch, tensors))
      shapes = tensors.mapValues { $0.shape }
    }
    try checkSize(limits)
  }

  /// The tensor called `name`. NaN and infinite elements are an error.
  package func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    guard let shape = shapes[name] else { throw CheckpointError(.unsuitable, file.path, "no tensor named \(name)") }
    let elements: [Float]
    switch source {
    case .torch(let torch, let tensors):
      guard let tensor = tensors[name] else { throw CheckpointError(.unsuitable, file.path, "no tensor named \(name)") }
      elements = try torch.elements(of: tensor)
    case .safetensors(let safetensors): elements = try safetensors.elements(of: name)
    }
    guard elements.allSatisfy({ $0.isFinite }) else {
      throw CheckpointError(.unsuitable, file.path, "\(name) has elements that are NaN or infinite")
    }
    return Tensor(shape: shape, elements: elements)
  }

  private func checkSize(_ limits: CheckpointLimits) throws(CheckpointError) {
    var bytes = 0
    for shape in shapes.values {
      let size = shape.reduce(4) { product, length in
        let (next, overflow) = product.multipliedReportingOverflow(by: length)
        return overflow ? .max : next
      }
      let (sum, overflow) = bytes.addingReportingOverflow(size)
      bytes = overflow ? .max : sum
    }
    guard bytes <= limits.tensorBytes else {
      throw CheckpointError(.overBudget, file.path, "weights of \(bytes) bytes; \(limits.tensorBytes) are allowed")
    }
  }
}
