internal import Foundation
public import Tensors

extension TrainableUNet {
  /// Weights to start from as nnU-Net v2's `InitWeights_He(1e-2)` draws them: kernels normal with variance
  /// 2 / (1 + 0.01^2) / (shape[1] * taps) (He et al. 2015, fan-in as PyTorch counts it), biases 0, norms 1 and 0; the
  /// last norm of a residual block 0. The same for the same seed on every machine.
  public static func initialWeights(
    architecture: UNetArchitecture, inputChannels: Int, outputChannels: Int, seed: UInt64
  ) throws(NetworkError) -> [String: Tensor] {
    let architecture = try architecture.checked()
    var normal = NormalGenerator(seed: seed)
    var weights: [String: Tensor] = [:]
    for parameter in architecture.parameters(inputChannels: inputChannels, outputChannels: outputChannels) {
      let count = parameter.shape.reduce(1, *)
      guard parameter.shape.count > 1 else {
        let startsAtOne = parameter.name.hasSuffix("norm.weight") && !parameter.name.hasSuffix("conv2.norm.weight")
        weights[parameter.name] = Tensor(shape: parameter.shape, repeating: startsAtOne ? 1 : 0)
        continue
      }
      let deviation = (2 / (1 + 1e-4) / Double(parameter.shape[1...].reduce(1, *))).squareRoot()
      weights[parameter.name] = Tensor(
        shape: parameter.shape, elements: (0..<count).map { _ in Float(normal.next() * deviation) })
    }
    return weights
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014) and Box and Muller's transform.
private struct NormalGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }

  mutating func next() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
