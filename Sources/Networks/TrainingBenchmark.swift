internal import Foundation
internal import Tensors

/// Seconds for one training iteration of a network with random weights, for comparison with other engines: the counterpart of
/// `train_step.py`, whose loss and optimiser are timed with the rest.
public struct TrainingBenchmark: Sendable {
  /// One line of results.
  public struct Result: Sendable, Codable {
    /// "vigil f32".
    public let peer: String
    /// Best of the runs.
    public let seconds: Double
    /// Middle of the runs.
    public let median: Double
    /// Of the best run: forward pass, loss, backward pass, optimiser.
    public let parts: [Double]
    /// Operations of forward and backward pass by the direct algorithms, three times those of the forward pass, per second of the
    /// best run, in billions.
    public let gflopPerSecond: Double
    /// Threads asked for; nil is all cores.
    public let threads: Int?

    private enum CodingKeys: String, CodingKey {
      case peer, seconds, median, parts, threads
      case gflopPerSecond = "gflop_per_s"
    }

    /// As JSON on one line.
    public var line: String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
  }

  private let architecture: UNetArchitecture
  private let extent: [Int]
  private let batch: Int
  private let classes: Int

  /// `patch` `[D, H, W]`, or `[H, W]` for a 2D network; two convolutions in every stage, kernels of three, strides of two.
  public init(features: [Int], patch: [Int], batch: Int, classes: Int) {
    let flat = patch.count == 2
    architecture = UNetArchitecture(
      kind: .plainConvUNet, dimensions: patch.count, featuresPerStage: features,
      kernelSizes: features.map { _ in [flat ? 1 : 3, 3, 3] },
      strides: [[1, 1, 1]] + features.dropFirst().map { _ in [flat ? 1 : 2, 2, 2] },
      blocksPerStage: features.map { _ in 2 }, convolutionsPerDecoderStage: features.dropFirst().map { _ in 2 })
    extent = flat ? [1] + patch : patch
    self.batch = batch
    self.classes = classes
  }

  /// One iteration to prepare, then `runs` that count; `threads` nil is all cores.
  public func run(runs: Int = 5, threads: Int? = nil) throws(NetworkError) -> Result {
    let voxels = extent.reduce(1, *)
    var peer = PeerStep(batch: batch, classes: classes, voxels: voxels)
    let network = try TrainableUNet(
      architecture: architecture, inputChannels: 1, outputChannels: classes,
      weights: TrainableUNet.initialWeights(
        architecture: architecture, inputChannels: 1, outputChannels: classes, seed: 1),
      deepSupervision: false, threads: threads)
    let src = (0..<batch).map { i in
      Tensor(shape: [1] + extent, elements: ForwardBenchmark.normal(voxels, seed: UInt64(i) + 1))
    }
    var results: [(total: Double, parts: [Double])] = []
    for _ in 0...max(1, runs) {
      var marks = [ContinuousClock.now]
      let logits = try network.forward(src)[0]
      marks.append(.now)
      let gradients = peer.gradients(logits)
      marks.append(.now)
      network.backward([gradients])
      marks.append(.now)
      peer.update(network)
      marks.append(.now)
      let parts = zip(marks, marks.dropFirst()).map { ($1 - $0) / .seconds(1) }
      results.append((parts.reduce(0, +), parts))
    }
    let sorted = results.dropFirst().sorted { $0.total < $1.total }
    let forward = try UNet(
      architecture: architecture, inputChannels: 1, outputChannels: classes, weights: network.weights()
    ).operations(extent: extent)
    return Result(
      peer: "vigil f32", seconds: sorted[0].total, median: sorted[sorted.count / 2].total, parts: sorted[0].parts,
      gflopPerSecond: 3 * Double(forward * batch) / 1e9 / sorted[0].total, threads: threads)
  }
}
