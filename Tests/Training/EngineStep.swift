import Foundation
import Networks
import Tensors
import TestSupport
import Training

/// The engine's side of a ``GoldenStep``: its network, and one forward and backward pass with this room's loss.
struct EngineStep {
  private let golden: GoldenStep
  private let architecture: UNetArchitecture
  private let inputChannels: Int

  private struct Header: Decodable {
    let inputChannels: Int
  }

  init(_ name: String) throws {
    golden = try GoldenStep.load(name)
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Networks/Golden/training-\(name).json")
    let json = try Data(contentsOf: file)
    architecture = try UNetArchitecture(json: json)
    inputChannels = try JSONDecoder().decode(Header.self, from: json).inputChannels
  }

  func network(threads: Int? = nil) throws -> TrainableUNet {
    let weights = try golden.parameters("weights").map { ($0.name, try golden.tensor("weights/\($0.name)")) }
    return try TrainableUNet(
      architecture: architecture, inputChannels: inputChannels, outputChannels: golden.outputChannels,
      weights: Dictionary(uniqueKeysWithValues: weights), deepSupervision: golden.weights.count > 1, threads: threads)
  }

  func backward(_ network: TrainableUNet) throws -> LossValue {
    let logits = try network.forward((0..<golden.batch).map { try golden.image("src/\($0)") })
    let targets = try (0..<golden.batch).map { try golden.labels("target/0/\($0)") }
    let loss = DiceAndCrossEntropy(classes: golden.outputChannels, batchDice: true)
    let (value, dlogits) = DeepSupervision(levels: network.levels).evaluate(loss, logits: logits, targets: targets)
    network.backward(dlogits)
    return value
  }
}
