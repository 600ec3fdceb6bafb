import Tensors
import TestSupport
import Testing
import Training

struct DeepSupervisionTests {
  /// Of gradients relative to their root mean square: float32 against the golden file's float64.
  static let tolerance = 1e-5

  @Test func `weights halve, the last is zero, and they add to one`() {
    #expect(DeepSupervision(levels: 1).weights == [1])
    #expect(DeepSupervision(levels: 2).weights == [1, 0])
    let three: [Double] = [2 / 3, 1 / 3, 0]
    #expect(DeepSupervision(levels: 3).weights == three)
    let five: [Double] = [8, 4, 2, 1, 0].map { $0 / 15 }
    #expect(zip(DeepSupervision(levels: 5).weights, five).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test func `targets take the nearest voxel, as nnU-Net does`() throws {
    for row in try LossCase.golden().nearest {
      let line = LabelPatch(shape: [1, 1, row.size], values: (0..<Int16(row.size)).map { $0 })
      #expect(line.nearest([1, 1, row.found.count]).values.map { Int($0) } == row.found)
    }
    let cube = LabelPatch(shape: [2, 2, 4], values: (0..<16).map { $0 })
    #expect(cube.nearest([1, 2, 2]).values == [9, 11, 13, 15])
  }

  @Test(arguments: GoldenStep.names) func `a whole step's loss is PyTorch's`(_ name: String) throws {
    let golden = try GoldenStep.load(name)
    let deep = DeepSupervision(levels: golden.weights.count)
    let logits = try golden.weights.indices.map { level in
      try (0..<golden.batch).map { try golden.image("logits/\(level)/\($0)") }
    }
    let targets = try (0..<golden.batch).map { try golden.labels("target/0/\($0)") }
    let loss = DiceAndCrossEntropy(classes: golden.outputChannels, batchDice: true)
    let (value, dlogits) = deep.evaluate(loss, logits: logits, targets: targets)
    #expect(abs(value.value - golden.loss) < 1e-6)
    for (level, weight) in golden.weights.enumerated() {
      for sample in 0..<golden.batch {
        #expect(
          try targets[sample].nearest(Array(logits[level][0].shape[1...])) == golden.labels("target/\(level)/\(sample)")
        )
        guard weight > 0 else {
          #expect(dlogits[level].isEmpty)
          continue
        }
        #expect(
          try dlogits[level][sample].difference(relativeTo: golden.image("dlogits/\(level)/\(sample)")) < Self.tolerance
        )
      }
    }
  }
}
