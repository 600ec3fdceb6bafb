import Networks
import Tensors
import TestSupport
import Testing
import Training

/// Augmentation, loss, deep supervision and optimiser around the engine, on patches a network can learn.
struct LearningTests {
  static let patch = [8, 16, 12]

  @Test func `a small network learns to tell bright from dark`() throws {
    for (optimiser, rate) in [(Optimiser.sgd(SGD()), 0.01), (.adam(Adam()), 0.01)] {
      let (losses, _) = try train(threads: 2, optimiser: optimiser, rate: rate, iterations: 30)
      // Cross-entropy of three classes starts near 1.1 and Dice near -0.3.
      #expect(losses[0] > 0.6)
      #expect(losses.suffix(5).reduce(0, +) / 5 < 0.6, "\(losses)")
    }
  }

  @Test func `weights are the same to the bit for any number of threads`() throws {
    let one = try train(threads: 1, optimiser: .sgd(SGD()), rate: 0.01, iterations: 6)
    let two = try train(threads: 2, optimiser: .sgd(SGD()), rate: 0.01, iterations: 6)
    #expect(one.losses == two.losses && one.values == two.values)
  }

  private func train(threads: Int, optimiser: Optimiser, rate: Double, iterations: Int) throws -> (
    losses: [Double], values: [Float]
  ) {
    let network = try EngineStep("strided").network(threads: threads)
    let augmentation = Augmentation(recipe: .v2, patchSize: Self.patch)
    let loss = DiceAndCrossEntropy(classes: 3, batchDice: true, threads: threads)
    let deep = DeepSupervision(levels: network.levels)
    var optimiser = optimiser
    var losses: [Double] = []
    for iteration in 0..<iterations {
      let batch = (0..<2).map { sample in
        var random = RandomSource(seed: 1, path: [0, iteration, sample])
        let drawn = blobs(augmentation.sampleSize, &random)
        return augmentation.augmented(drawn, random: &random)
      }
      let logits = try network.forward(batch.map { $0.image })
      let (value, dlogits) = deep.evaluate(loss, logits: logits, targets: batch.map { $0.labels })
      network.backward(dlogits)
      optimiser.step(network, rate: rate)
      losses.append(value.value)
    }
    return (losses, network.values)
  }

  /// Boxes of three brightnesses, which are the labels, in noise; the second channel is noise alone.
  private func blobs(_ shape: [Int], _ random: inout RandomSource) -> TrainingPatch {
    let count = shape.reduce(1, *)
    var labels = LabelPatch(shape: shape, repeating: 0)
    for _ in 0..<12 {
      let label = Int16(random.integer(in: 0...2))
      let start = shape.map { random.integer(in: 0...$0 - 4) }
      let end = zip(start, shape).map { min($0 + random.integer(in: 4...9), $1) }
      for z in start[0]..<end[0] {
        for y in start[1]..<end[1] {
          for x in start[2]..<end[2] { labels.values[(z * shape[1] + y) * shape[2] + x] = label }
        }
      }
    }
    let noise = (0..<2 * count).map { _ in Float(0.2 * random.normal()) }
    let bright = labels.values.map { Float($0) - 1 }
    let elements = noise.enumerated().map { $1 + ($0 < count ? bright[$0] : 0) }
    return TrainingPatch(image: Tensor(shape: [2] + shape, elements: elements), labels: labels)
  }
}
