import Foundation
import Networks
import Tensors
import Testing

/// Single precision against nnU-Net made to accumulate in single precision.
private let logitTolerance = 1e-4

@Suite struct PredictorTests {
  @Test(arguments: GoldenNetwork.names)
  func equalsNNUNet(_ name: String) throws {
    let golden = try GoldenNetwork.load(name)
    let logits = try predictor(golden).predict(golden.tensor("volume"))
    #expect(logits.values.deviation(from: try golden.tensor("logits")) < logitTolerance)
    #expect(logits.facts.folds == golden.folds)
    #expect(logits.facts.mirrors == 1 << golden.mirrorAxes.count)
  }

  @Test func isTheSameToTheBitForAnyNumberOfThreads() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    let volume = try golden.tensor("volume")
    let results = try [1, 2, 3].map { try predictor(golden, threads: $0).predict(volume).values.elements }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  /// The comparison with nnU-Net is only worth something if it notices what is left out.
  @Test func mirroringFoldsAndStepsMatter() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    let volume = try golden.tensor("volume")
    let expected = try golden.tensor("logits")
    let networks = try [golden.network(fold: 0), golden.network(fold: 1)]
    let changed = try [
      Predictor(networks: networks, window: SlidingWindow(patchSize: golden.patch)),
      Predictor(networks: networks, window: SlidingWindow(patchSize: golden.patch, mirrorAxes: [0, 1])),
      Predictor(networks: [networks[0]], window: SlidingWindow(patchSize: golden.patch, mirrorAxes: [0, 1, 2])),
      Predictor(
        networks: networks, window: SlidingWindow(patchSize: golden.patch, stepSize: 0.75, mirrorAxes: [0, 1, 2])),
    ]
    for predictor in changed {
      #expect(try predictor.predict(volume).values.deviation(from: expected) > 10 * logitTolerance)
    }
  }

  /// nnU-Net gives up at an infinite logit too; here the window is named, and NaN is found as well.
  @Test func refusesLogitsThatAreNotFinite() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    var weights = try golden.weights(fold: 1)
    let name = try #require(weights.keys.filter { $0.hasPrefix("decoder.seg_layers.") && $0.hasSuffix("bias") }.max())
    weights[name]?.elements[1] = .greatestFiniteMagnitude
    let kernel = try #require(
      weights.keys.filter { $0.hasPrefix("decoder.seg_layers.") && $0.hasSuffix("weight") }.max())
    let count = try #require(weights[kernel]).count
    weights[kernel]?.elements = [Float](repeating: 1e38, count: count)
    let broken = try UNet(
      architecture: UNetArchitecture(json: golden.json), inputChannels: golden.inputChannels,
      outputChannels: golden.outputChannels, weights: weights)
    let predictor = try Predictor(
      networks: [golden.network(fold: 0), broken], window: SlidingWindow(patchSize: golden.patch), threads: 2)
    #expect {
      try predictor.predict(golden.tensor("volume"))
    } throws: { error in
      guard case .notFinite(let fold, let origin, _) = error as? NetworkError else { return false }
      return fold == 1 && "\(error)".contains("window at \(origin)")
    }
  }

  @Test func progressCountsEveryPass() throws {
    let golden = try GoldenNetwork.load("plain-2d")
    var seen: [Int] = []
    let logits = try predictor(golden).predict(golden.tensor("volume"), progress: { seen.append($0.done) })
    #expect(seen == Array(1...logits.facts.forwardPasses))
  }

  @Test func stopsOnRequest() throws {
    let golden = try GoldenNetwork.load("residual")
    let volume = try golden.tensor("volume")
    #expect(throws: NetworkError.cancelled) { try predictor(golden).predict(volume, isCancelled: { true }) }
    // After the first of two windows, one pass at a time and side by side: the second does not count, though it may have been computed.
    for threads in [1, 2, 4] {
      var done = 0
      #expect(throws: NetworkError.cancelled) {
        _ = try predictor(golden, threads: threads).predict(
          volume, progress: { done = $0.done }, isCancelled: { done == 1 })
      }
      #expect(done == 1, "\(threads) threads")
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    let network = try golden.network(fold: 0)
    #expect(throws: NetworkError.self) { try Predictor(networks: [], window: SlidingWindow(patchSize: [8, 16, 12])) }
    #expect(throws: NetworkError.self) {
      try Predictor(networks: [network], window: SlidingWindow(patchSize: [16, 12]))
    }
    #expect(throws: NetworkError.self) {
      try Predictor(networks: [network], window: SlidingWindow(patchSize: [8, 15, 12]))
    }
    #expect(throws: NetworkError.self) { try SlidingWindow(patchSize: [16, 12], mirrorAxes: [2]) }
    #expect(throws: NetworkError.self) { try SlidingWindow(patchSize: [16, 12], stepSize: 0) }
    let predictor = try predictor(golden)
    #expect(throws: NetworkError.self) { try predictor.predict(Tensor(shape: [1, 8, 16, 12])) }
  }

  @Test func theMemoryEstimateHolds() throws {
    for name in GoldenNetwork.names {
      let golden = try GoldenNetwork.load(name)
      let workspace = Workspace(pool: WorkerPool(threads: 1))
      let network = try golden.network(fold: 0)
      _ = try network.forward(golden.image("src"), in: workspace)
      // Without the threads' own memory, which the workspace does not count.
      let maps = network.activationBytes(try Array(golden.image("src").shape[1...]), threads: 0)
      #expect(maps >= workspace.peakBytes, "\(name)")
      #expect(maps < 2 * workspace.peakBytes, "\(name)")
      let estimate = try #require(try predictor(golden).memoryEstimate(shape: [golden.inputChannels, 50, 60, 70]))
      #expect(estimate.activations > maps)
      #expect(estimate.volume > 4 * 50 * 60 * 70 * (golden.inputChannels + golden.outputChannels))
    }
    let predictor = try predictor(GoldenNetwork.load("plain-2d"))
    #expect(predictor.memoryEstimate(shape: [1, 1 << 40, 1 << 40, 1 << 40]) == nil)
  }

  private func predictor(_ golden: GoldenNetwork, threads: Int = 2) throws -> Predictor {
    try Predictor(
      networks: (0..<golden.folds).map { try golden.network(fold: $0) },
      window: SlidingWindow(patchSize: golden.patch, mirrorAxes: golden.mirrorAxes), threads: threads)
  }
}
