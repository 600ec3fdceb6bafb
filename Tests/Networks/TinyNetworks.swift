import Networks
import Tensors
import TestSupport

/// Networks small enough for the plain twin, one for every kind of layer.
struct TinyNetwork: Sendable, CustomStringConvertible {
  let description: String
  let architecture: UNetArchitecture
  let inputChannels: Int
  /// `[D, H, W]`.
  let extent: [Int]

  static let all: [TinyNetwork] = [
    TinyNetwork(
      description: "3D", inputChannels: 1, extent: [4, 8, 8],
      architecture: UNetArchitecture(
        kind: .plainConvUNet, featuresPerStage: [4, 6, 8], kernelSizes: [[3, 3, 3], [3, 3, 3], [3, 3, 3]],
        strides: [[1, 1, 1], [2, 2, 2], [2, 2, 2]], blocksPerStage: [2, 1, 1], convolutionsPerDecoderStage: [1, 2])),
    TinyNetwork(
      description: "anisotropic, cascade's channels", inputChannels: 3, extent: [3, 4, 8],
      architecture: UNetArchitecture(
        kind: .plainConvUNet, featuresPerStage: [4, 6, 6], kernelSizes: [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
        strides: [[1, 1, 1], [1, 2, 2], [1, 2, 2]], blocksPerStage: [1, 2, 1], convolutionsPerDecoderStage: [1, 1])),
    TinyNetwork(
      description: "2D", inputChannels: 2, extent: [1, 8, 12],
      architecture: UNetArchitecture(
        kind: .plainConvUNet, dimensions: 2, featuresPerStage: [5, 6, 8],
        kernelSizes: [[1, 3, 3], [1, 3, 3], [1, 3, 3]],
        strides: [[1, 1, 1], [1, 2, 2], [1, 2, 2]], blocksPerStage: [2, 2, 2], convolutionsPerDecoderStage: [2, 2])),
    TinyNetwork(
      description: "the paper's max pooling", inputChannels: 1, extent: [2, 6, 8],
      architecture: UNetArchitecture(
        kind: .plainConvUNet, featuresPerStage: [5, 10], kernelSizes: [[3, 3, 3], [3, 3, 3]],
        strides: [[1, 1, 1], [1, 2, 2]], blocksPerStage: [2, 2], convolutionsPerDecoderStage: [2],
        downsampling: .maxPooling)),
    TinyNetwork(
      description: "residual encoder", inputChannels: 1, extent: [4, 4, 8],
      architecture: UNetArchitecture(
        kind: .residualEncoderUNet, featuresPerStage: [4, 6, 6], kernelSizes: [[3, 3, 3], [3, 3, 3], [3, 3, 3]],
        strides: [[1, 1, 1], [2, 2, 2], [1, 2, 2]], blocksPerStage: [1, 2, 1], convolutionsPerDecoderStage: [1, 1])),
  ]

  private init(
    description: String, inputChannels: Int, extent: [Int], architecture: UNetArchitecture
  ) {
    self.description = description
    self.inputChannels = inputChannels
    self.extent = extent
    self.architecture = architecture
  }

  static let classes = 3

  /// He-normal kernels, and biases and norms away from 0 and 1 so that no gradient hides.
  func weights(seed: UInt64) throws -> [String: Tensor] {
    var weights = try TrainableUNet.initialWeights(
      architecture: architecture, inputChannels: inputChannels, outputChannels: Self.classes, seed: seed)
    var generator = SeededGenerator(seed: seed)
    for (name, tensor) in weights.sorted(by: { $0.key < $1.key }) where tensor.shape.count == 1 {
      let center: Float = name.hasSuffix("norm.weight") ? 1 : 0
      weights[name] = Tensor(
        shape: tensor.shape,
        elements: tensor.elements.map { _ in center + Float.random(in: -0.3..<0.3, using: &generator) })
    }
    return weights
  }

  func image(seed: UInt64) -> Tensor { .seeded([inputChannels] + extent, seed: seed) }
}
