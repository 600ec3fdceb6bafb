import Networks
import TestSupport
import Tensors
import Testing

/// Largest difference of a parameter's gradient to the plain twin's, relative to its root mean square: single precision through all
/// layers, Winograd's transforms among them.
private let gradientTolerance = 2e-4

@Suite struct TrainableUNetTests {
  @Test(arguments: TinyNetwork.all, [true, false])
  func equalsThePlainTwin(_ tiny: TinyNetwork, deepSupervision: Bool) throws {
    let weights = try tiny.weights(seed: 1)
    let network = try tiny.trainable(weights, deepSupervision: deepSupervision)
    let plain = PlainUNet(
      architecture: tiny.architecture, weights: weights.mapValues { WideTensor($0) }, deepSupervision: deepSupervision)
    let src = (0..<2).map { tiny.image(seed: UInt64(10 + $0)) }
    let logits = try network.forward(src)
    #expect(logits.count == network.levels)
    var expected: [String: WideTensor] = [:]
    let seeds = logits.enumerated().map { level, samples in
      samples.enumerated().map { Tensor.seeded($1.shape, seed: UInt64(100 * level + $0)) }
    }
    for (i, image) in src.enumerated() {
      for (level, found) in zip(plain.forward(WideTensor(image)), logits) {
        #expect(found[i].deviation(from: level.narrowed) < 1e-4)
      }
      let gradients = plain.gradients(WideTensor(image), seeds.map { WideTensor($0[i]) })
      expected.merge(gradients) { a, b in
        var sum = a
        sum += b
        return sum
      }
    }
    network.backward(seeds)
    let found = network.gradients
    for slice in network.parameters {
      let gradient = Tensor(shape: slice.shape, elements: Array(found[slice.range]))
      if slice.name.hasSuffix("conv.bias") || expected[slice.name] == nil {
        // An instance norm takes the bias away: the exact gradient is 0.
        #expect(gradient.elements.allSatisfy { $0 == 0 }, "\(slice.name)")
        #expect(slice.isTrained == (expected[slice.name] != nil))
      } else if let twin = expected[slice.name]?.narrowed {
        let flat = Tensor(shape: slice.shape, elements: twin.elements)
        #expect(gradient.difference(relativeTo: flat) < gradientTolerance, "\(slice.name)")
      }
    }
  }

  @Test(arguments: TinyNetwork.all)
  func isTheSameToTheBitForAnyNumberOfThreads(_ tiny: TinyNetwork) throws {
    let weights = try tiny.weights(seed: 1)
    let src = (0..<3).map { tiny.image(seed: UInt64(10 + $0)) }
    let results = try [1, 2, 3].map { threads in
      let network = try tiny.trainable(weights, deepSupervision: true, threads: threads)
      // Twice: the second pass gets used memory.
      for _ in 0..<2 { network.backward(try network.forward(src)) }
      return network.gradients
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func aLevelWithoutALossCostsNothingAndGivesNothing() throws {
    let tiny = TinyNetwork.all[0]
    let network = try tiny.trainable(try tiny.weights(seed: 1), deepSupervision: true)
    let logits = try network.forward([tiny.image(seed: 2)])
    let zero = logits[1].map { Tensor(shape: $0.shape) }
    network.backward([logits[0], zero])
    let withZeros = network.gradients
    _ = try network.forward([tiny.image(seed: 2)])
    network.backward([logits[0], []])
    #expect(network.gradients == withZeros)
    let head = try #require(network.parameters.first { $0.name == "decoder.seg_layers.0.weight" })
    #expect(network.gradients[head.range].allSatisfy { $0 == 0 })
  }

  @Test(arguments: TinyNetwork.all)
  func logitsAreTheInferenceEngines(_ tiny: TinyNetwork) throws {
    let weights = try tiny.weights(seed: 1)
    let network = try tiny.trainable(weights, deepSupervision: true)
    #expect(network.weights() == weights)
    let engine = try UNet(
      architecture: tiny.architecture, inputChannels: tiny.inputChannels, outputChannels: TinyNetwork.classes,
      weights: weights)
    let src = tiny.image(seed: 2)
    #expect(try network.logits([src]) == [engine.forward(src)])
  }

  @Test func followsItsValues() throws {
    let tiny = TinyNetwork.all[0]
    let network = try tiny.trainable(try tiny.weights(seed: 1), deepSupervision: false)
    let src = tiny.image(seed: 2)
    let before = try network.logits([src])
    for i in network.values.indices { network.values[i] *= 1.01 }
    #expect(try network.logits([src]) != before)
    let other = try tiny.trainable(network.weights(), deepSupervision: false)
    #expect(try network.logits([src]) == other.logits([src]))
  }

  @Test func initialWeightsAreHeNormal() throws {
    let architecture = UNetArchitecture(
      kind: .residualEncoderUNet, featuresPerStage: [32, 64], kernelSizes: [[3, 3, 3], [3, 3, 3]],
      strides: [[1, 1, 1], [2, 2, 2]], blocksPerStage: [1, 1], convolutionsPerDecoderStage: [1])
    let weights = try TrainableUNet.initialWeights(
      architecture: architecture, inputChannels: 1, outputChannels: 3, seed: 7)
    let kernel = try #require(weights["encoder.stages.1.blocks.0.conv2.conv.weight"])
    let variance = kernel.elements.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(kernel.count)
    // 110592 draws: a standard error of 0.4 %.
    #expect(abs(variance * (1 + 1e-4) * 64 * 27 / 2 - 1) < 0.02)
    #expect(weights["encoder.stages.1.blocks.0.conv2.norm.weight"]?.elements.allSatisfy { $0 == 0 } == true)
    #expect(weights["encoder.stages.1.blocks.0.conv1.norm.weight"]?.elements.allSatisfy { $0 == 1 } == true)
    let again = try TrainableUNet.initialWeights(
      architecture: architecture, inputChannels: 1, outputChannels: 3, seed: 7)
    #expect(again == weights)
  }

  @Test func unsuitableShapesAreRefused() throws {
    let tiny = TinyNetwork.all[0]
    let network = try tiny.trainable(try tiny.weights(seed: 1), deepSupervision: true)
    #expect(throws: NetworkError.self) { try network.forward([]) }
    #expect(throws: NetworkError.self) { try network.forward([Tensor(shape: [1, 5, 8, 8])]) }
    #expect(throws: NetworkError.self) {
      try network.forward([tiny.image(seed: 1), Tensor(shape: [1, 8, 8, 8])])
    }
  }
}

extension TinyNetwork {
  func trainable(_ weights: [String: Tensor], deepSupervision: Bool, threads: Int = 2) throws -> TrainableUNet {
    try TrainableUNet(
      architecture: architecture, inputChannels: inputChannels, outputChannels: Self.classes, weights: weights,
      deepSupervision: deepSupervision, threads: threads)
  }
}
