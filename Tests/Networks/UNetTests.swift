import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The bound the project sets itself: single precision sums in another order than PyTorch's.
private let logitTolerance = 1e-4

@Suite struct UNetTests {
  @Test(arguments: GoldenNetwork.names)
  func forwardEqualsPyTorch(_ name: String) throws {
    let golden = try GoldenNetwork.load(name)
    let dst = try golden.network(fold: 0).forward(golden.image("src"))
    #expect(dst.deviation(from: try golden.image("dst")) < logitTolerance)
  }

  @Test(arguments: GoldenNetwork.names)
  func isTheSameToTheBitForAnyNumberOfThreads(_ name: String) throws {
    let golden = try GoldenNetwork.load(name)
    let network = try golden.network(fold: 0)
    let src = try golden.image("src")
    let results = try [1, 2, 3].map { threads in
      try network.forward(src, in: Workspace(pool: WorkerPool(threads: threads))).elements
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test(arguments: GoldenNetwork.names)
  func everyInstructionSetAgrees(_ name: String) throws {
    let golden = try GoldenNetwork.load(name)
    let network = try golden.network(fold: 0)
    let src = try golden.image("src")
    for set in InstructionSet.available {
      let dst = try network.forward(src, in: Workspace(pool: WorkerPool(threads: 1), instructionSet: set))
      #expect(dst.deviation(from: try golden.image("dst")) < logitTolerance, "\(set)")
    }
  }

  /// Large maps are convolved in place; here every map that is deep enough counts as large.
  @Test(arguments: [false, true])
  func largeMapsGiveTheSameInLessMemory(_ isResidual: Bool) throws {
    let architecture = UNetArchitecture(
      kind: isResidual ? .residualEncoderUNet : .plainConvUNet, featuresPerStage: [16, 32, 40],
      kernelSizes: [[3, 3, 3], [3, 3, 3], [3, 3, 3]], strides: [[1, 1, 1], [2, 2, 2], [2, 2, 2]],
      blocksPerStage: [2, 2, 1], convolutionsPerDecoderStage: [2, 2])
    let weights = try TrainableUNet.initialWeights(
      architecture: architecture, inputChannels: 1, outputChannels: 3, seed: 5)
    let network = try UNet(architecture: architecture, inputChannels: 1, outputChannels: 3, weights: weights)
    let src = Tensor.seeded([1, 24, 16, 20], seed: 1)
    let usual = Workspace(pool: WorkerPool(threads: 2))
    let expected = try network.forward(src, in: usual)
    var bits: [Float]?
    for threads in 1...3 {
      let workspace = Workspace(pool: WorkerPool(threads: threads), largeMap: 0)
      let dst = try network.forward(src, in: workspace)
      #expect(dst.deviation(from: expected) < logitTolerance)
      #expect(try network.forward(src, in: workspace) == dst, "a workspace used again")
      #expect(bits ?? dst.elements == dst.elements)
      bits = dst.elements
      #expect(workspace.peakBytes < usual.peakBytes)
    }
  }

  @Test(arguments: GoldenNetwork.names)
  func theParametersAreThoseOfTheStateDict(_ name: String) throws {
    let golden = try GoldenNetwork.load(name)
    let table = try UNetArchitecture(json: golden.json)
      .parameters(inputChannels: golden.inputChannels, outputChannels: golden.outputChannels)
    let weights = try golden.weights(fold: 0)
    #expect(Set(table.map { $0.name }) == Set(weights.keys))
    for parameter in table { #expect(weights[parameter.name]?.shape == parameter.shape, "\(parameter.name)") }
  }

  @Test func aliasesAndAModulePrefixArePassedOver() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    var weights: [String: Tensor] = [:]
    for (name, tensor) in try golden.weights(fold: 0) { weights["module.\(name)"] = tensor }
    for alias in golden.aliases { weights[alias] = Tensor(shape: [1]) }
    #expect(golden.aliases.count > 20)
    let network = try UNet(
      architecture: UNetArchitecture(json: golden.json), inputChannels: 2, outputChannels: 3, weights: weights)
    #expect(try network.forward(golden.image("src")).deviation(from: try golden.image("dst")) < logitTolerance)
  }

  @Test func everyMismatchOfTheWeightsIsNamed() throws {
    let golden = try GoldenNetwork.load("residual")
    var weights = try golden.weights(fold: 0)
    let first = "encoder.stem.convs.0.conv.weight"
    let second = "decoder.seg_layers.1.bias"
    let third = "encoder.stages.0.blocks.0.conv1.norm.weight"
    weights[first] = nil
    weights[second] = Tensor(shape: [7])
    weights[third]?.elements[0] = .nan
    weights["decoder.extra"] = Tensor(shape: [1])
    let expected = WeightMismatch(
      missing: [first], unexpected: ["decoder.extra"], misshapen: ["\(second): [7], expected [4]"], nonFinite: [third])
    #expect(throws: NetworkError.weights(expected)) {
      try UNet(
        architecture: UNetArchitecture(json: golden.json), inputChannels: 1, outputChannels: 4, weights: weights)
    }
  }

  @Test func unsuitableShapesAreRefused() throws {
    let network = try GoldenNetwork.load("plain-anisotropic").network(fold: 0)
    for shape in [[1, 8, 16, 12], [2, 8, 15, 12], [2, 2, 4, 4], [2, 8, 16], [2, 0, 16, 12]] {
      #expect(throws: NetworkError.self) { try network.forward(Tensor(shape: shape)) }
    }
    let flat = try GoldenNetwork.load("plain-2d").network(fold: 0)
    #expect(throws: NetworkError.self) { try flat.forward(Tensor(shape: [1, 2, 16, 12])) }
  }
}
