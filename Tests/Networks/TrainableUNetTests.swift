import Networks
import TestSupport
import Tensors
import Testing

/// Largest difference of a parameter's gradient to the plain twin's, relative to its root mean square: single precision through all
/// layers, Winograd's transforms among them.
private let gradientTolerance = 2e-4

/// The project's own bound on every parameter's update, relative to the parameter's largest.
private let updateTolerance = 1e-4

/// PyTorch's `SGD` (Nesterov) and `Adam`, the least of them that a step needs, in Double: a parameter's rounding is larger than
/// the tolerance of its update.
private struct Optimisers {
  private var momentum: [Double]

  init(_ network: TrainableUNet) { momentum = [Double](repeating: 0, count: network.values.count) }

  /// The updates of one step.
  mutating func sgd(_ network: TrainableUNet) -> [Double] {
    var updates = [Double](repeating: 0, count: momentum.count)
    let gradients = network.gradients
    for (slice, hasGradient) in zip(network.parameters, network.hasGradient) where hasGradient {
      for i in slice.range {
        let g = Double(gradients[i]) + 3e-5 * Double(network.values[i])
        momentum[i] = 0.99 * momentum[i] + g
        updates[i] = -0.01 * (g + 0.99 * momentum[i])
      }
    }
    return updates
  }

  /// The updates of the first step.
  func adam(_ network: TrainableUNet) -> [Double] {
    network.gradients.map { g in -3e-4 * Double(g) / (abs(Double(g)) + 1e-8) }
  }
}

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
    let without = zip(network.parameters, network.hasGradient).filter { !$0.1 }.map { $0.0.name }
    #expect(without == ["decoder.seg_layers.0.weight", "decoder.seg_layers.0.bias"])
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

  @Test(arguments: ["strided", "max-pooling"])
  func aStepIsPyTorchs(_ name: String) throws {
    let golden = try GoldenNetwork.load("training-\(name)")
    let start = try golden.tensors("weights/")
    let levels = try golden.levels("dlogits/")
    let network = try TrainableUNet(
      architecture: UNetArchitecture(json: golden.json), inputChannels: golden.inputChannels,
      outputChannels: golden.outputChannels, weights: start, deepSupervision: levels.count > 1)
    let src = try (0..<2).map { try golden.image("src/\($0)") }
    for (level, samples) in try network.forward(src).enumerated() {
      for (b, logits) in samples.enumerated() {
        #expect(logits.deviation(from: try golden.image("logits/\(level)/\(b)")) < updateTolerance)
      }
    }
    network.backward(levels)
    let gradients = network.gradients.map { Double($0) }
    for (slice, gradient) in try golden.slices("gradients/", network) {
      #expect(difference(gradients[slice.range], gradient) < updateTolerance, "\(slice.name)")
    }
    var optimisers = Optimisers(network)
    try expectAdam(golden, network, optimisers.adam(network))
    // The second step of SGD has a momentum.
    let first = optimisers.sgd(network)
    for (i, update) in first.enumerated() { network.values[i] = Float(Double(network.values[i]) + update) }
    _ = try network.forward(src)
    network.backward(try golden.levels("dlogits2/"))
    try expectUpdates(golden, network, "sgd/", zip(first, optimisers.sgd(network)).map { $0 + $1 })
  }

  private func expectUpdates(
    _ golden: GoldenNetwork, _ network: TrainableUNet, _ prefix: String, _ found: [Double]
  ) throws {
    for (slice, expected) in try golden.slices(prefix, network) {
      #expect(difference(found[slice.range], expected) < updateTolerance, "\(prefix)\(slice.name)")
    }
  }

  // Adam's first step is the gradient divided by its own size, plus 1e-8: it says nothing where the gradient is not much larger than
  // its rounding. There the steps of PyTorch in single and in double precision differ as much.
  private func expectAdam(_ golden: GoldenNetwork, _ network: TrainableUNet, _ found: [Double]) throws {
    let gradients = try golden.slices("gradients/", network).map { $0.1 }
    var left = 0
    for (i, (slice, expected)) in try golden.slices("adam/", network).enumerated() {
      let largest = gradients[i].reduce(0) { max($0, abs($1)) }
      for (at, (update, gradient)) in zip(slice.range, zip(expected, gradients[i])) {
        if abs(gradient) < 1e-4 * largest {
          left += 1
        } else {
          #expect(abs(found[at] - Double(update)) < updateTolerance * 3e-4, "\(slice.name)[\(at)]")
        }
      }
    }
    #expect(left * 200 < found.count)
  }

  // Largest difference, relative to the largest of what is expected.
  private func difference(_ found: ArraySlice<Double>, _ expected: [Float]) -> Double {
    let largest = expected.reduce(1e-9) { max($0, Double(abs($1))) }
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - Double($1.1))) } / largest
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

extension GoldenNetwork {
  /// All arrays whose name begins so, by the rest of it.
  fileprivate func tensors(_ prefix: String) throws -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for name in names where name.hasPrefix(prefix) {
      found[String(name.dropFirst(prefix.count))] = try tensor(name)
    }
    return found
  }

  fileprivate func slices(_ prefix: String, _ network: TrainableUNet) throws -> [(ParameterSlice, [Float])] {
    try network.parameters.map { ($0, try tensor(prefix + $0.name).elements) }
  }

  /// Per level and sample; a level of zeros is one the loss does not depend on.
  fileprivate func levels(_ prefix: String) throws -> [[Tensor]] {
    let count = names.filter { $0.hasPrefix(prefix) }.count / 2
    return try (0..<count).map { level in
      let samples = try (0..<2).map { try image("\(prefix)\(level)/\($0)") }
      return samples.allSatisfy { $0.elements.allSatisfy { $0 == 0 } } ? [] : samples
    }
  }
}
