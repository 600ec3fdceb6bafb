internal import Tensors

/// A checkpoint's tensors that have been found to be exactly those of an architecture.
struct Weights {
  private let tensors: [String: Tensor]
  private let architecture: UNetArchitecture
  /// Of Winograd's filtering in the network; see ``ConvolutionShape/largestTile``.
  let largestTile: Int

  /// Aliases (`all_modules`, `decoder.encoder.`: the same storage under a second name) are passed over, a leading
  /// `module.` is dropped; then every parameter must be there in its shape, finite, and nothing else.
  init(
    _ all: [String: Tensor], architecture: UNetArchitecture, inputChannels: Int, outputChannels: Int,
    largestTile: Int = 4
  ) throws(NetworkError) {
    let plain = Self.withoutAliases(all)
    var mismatch = WeightMismatch()
    var expected: Set<String> = []
    for parameter in architecture.parameters(inputChannels: inputChannels, outputChannels: outputChannels) {
      expected.insert(parameter.name)
      guard let tensor = plain[parameter.name] else {
        mismatch.missing.append(parameter.name)
        continue
      }
      if tensor.shape != parameter.shape {
        mismatch.misshapen.append("\(parameter.name): \(tensor.shape), expected \(parameter.shape)")
      } else if !tensor.elements.allSatisfy({ $0.isFinite }) {
        mismatch.nonFinite.append(parameter.name)
      }
    }
    mismatch.unexpected = plain.keys.filter { !expected.contains($0) }.sorted()
    guard mismatch.isEmpty else { throw .weights(mismatch) }
    tensors = plain
    self.architecture = architecture
    self.largestTile = largestTile
  }

  private static func withoutAliases(_ all: [String: Tensor]) -> [String: Tensor] {
    var plain: [String: Tensor] = [:]
    for (key, tensor) in all {
      let name = key.hasPrefix("module.") ? String(key.dropFirst("module.".count)) : key
      if name.hasPrefix("decoder.encoder.") || name.split(separator: ".").contains("all_modules") { continue }
      plain[name] = tensor
    }
    return plain
  }

  /// A kernel with its three spatial axes; the table has been checked, so it is there.
  func kernel(_ name: String) -> Tensor {
    guard let tensor = tensors[name] else { preconditionFailure("\(name) was checked to be there") }
    guard tensor.shape.count == 4 else { return tensor }
    return Tensor(shape: Array(tensor.shape[..<2]) + [1] + Array(tensor.shape[2...]), elements: tensor.elements)
  }

  /// A vector, or nil where the architecture has none.
  func vector(_ name: String) -> [Float]? { tensors[name]?.elements }
}
