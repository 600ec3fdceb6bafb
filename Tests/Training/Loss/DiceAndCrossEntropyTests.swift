import Tensors
import TestSupport
import Testing
import Training

struct DiceAndCrossEntropyTests {
  /// nnU-Net sums in float32, whatever the logits are.
  static let peerTolerance = 2e-6
  /// Of gradients, which are at most 1: what float32 sums and an exponential good to 3e-7 leave.
  static let gradientTolerance = 1e-6
  /// A central difference of 1e-4 in Double errs by about 1e-8.
  static let differenceTolerance = 1e-7

  @Test func `there are golden cases`() throws { #expect(try LossCase.golden().cases.count == 10) }

  @Test(arguments: LossCase.all) func `value and gradient are nnU-Net's`(_ golden: LossCase) {
    let found = golden.loss().evaluate(logits: golden.tensors, targets: golden.patches)
    #expect(abs(found.value - golden.value) < Self.peerTolerance)
    #expect(abs(found.dice - golden.dice) < Self.peerTolerance)
    #expect(found.value == found.crossEntropy + found.dice)
    for (mine, peers) in zip(found.dlogits, golden.dlogits) {
      #expect(mine.shape == [golden.classes] + golden.shape)
      #expect(largest(mine.elements.map { Double($0) }, peers) < Self.gradientTolerance)
    }
  }

  @Test(arguments: LossCase.all) func `the plain twin is nnU-Net's too`(_ golden: LossCase) {
    let found = golden.loss().referenceLoss(logits: golden.logits, targets: golden.patches)
    #expect(abs(found.value - golden.value) < Self.peerTolerance)
    for (mine, peers) in zip(found.dlogits, golden.dlogits) { #expect(largest(mine, peers) < Self.gradientTolerance) }
  }

  @Test(arguments: LossCase.all) func `the gradient is the loss's difference quotient`(_ golden: LossCase) {
    let loss = golden.loss()
    let exact = loss.referenceLoss(logits: golden.logits, targets: golden.patches).dlogits
    let step = 1e-4
    for place in stride(from: 0, to: golden.logits[0].count, by: 7) {
      var (up, down) = (golden.logits, golden.logits)
      up[1][place] += step
      down[1][place] -= step
      let rise =
        loss.referenceLoss(logits: up, targets: golden.patches).value
        - loss.referenceLoss(logits: down, targets: golden.patches).value
      let quotient = rise / (2 * step)
      #expect(abs(quotient - exact[1][place]) < Self.differenceTolerance)
    }
  }

  @Test(arguments: [1, 2, 5, 21]) func `large batches equal the twin, the same for any number of threads`(
    _ classes: Int
  ) {
    // Several chunks, the last of them incomplete; one class is one region.
    let shape = [7, 31, 29]
    let voxels = shape.reduce(1, *)
    var random = RandomSource(seed: UInt64(classes))
    let logits = (0..<2).map { _ in
      Tensor(shape: [classes] + shape, elements: (0..<classes * voxels).map { _ in Float(4 * random.normal()) })
    }
    let targets = (0..<2).map { _ in
      LabelPatch(shape: shape, values: (0..<voxels).map { _ in Int16(random.integer(in: 0...classes)) })
    }
    let regions = classes == 1 ? [[1]] : nil
    let ignore = classes == 1 ? nil : classes
    func loss(_ threads: Int) -> DiceAndCrossEntropy {
      DiceAndCrossEntropy(classes: classes, batchDice: false, ignoreLabel: ignore, regions: regions, threads: threads)
    }
    let found = loss(1).evaluate(logits: logits, targets: targets)
    let twin = loss(1).referenceLoss(logits: logits.map { $0.elements.map { Double($0) } }, targets: targets)
    #expect(abs(found.value - twin.value) < Self.peerTolerance)
    // Relative to the largest gradient: each voxel's is as small as there are many.
    for (mine, exact) in zip(found.dlogits, twin.dlogits) {
      let scale = exact.reduce(0) { max($0, abs($1)) }
      #expect(largest(mine.elements.map { Double($0) / scale }, exact.map { $0 / scale }) < 1e-5)
    }
    #expect(found == loss(2).evaluate(logits: logits, targets: targets))
    #expect(found == loss(3).evaluate(logits: logits, targets: targets))
  }

  @Test func `hard decisions are counted`() {
    // Decided: 0 0 1 2 1; the target ignores the last voxel.
    let logits = Tensor(shape: [3, 1, 1, 5], elements: [5, 1, 0, 0, 0, 0, 0, 4, 1, 9, 1, 0, 0, 7, 0])
    let targets = [LabelPatch(shape: [1, 1, 5], values: [0, 1, 1, 1, 3])]
    let loss = DiceAndCrossEntropy(classes: 3, batchDice: true, ignoreLabel: 3)
    let found = loss.evaluate(logits: [logits], targets: targets).overlap
    #expect(
      found == [
        OverlapCount(truePositives: 1, falsePositives: 1, falseNegatives: 0),
        OverlapCount(truePositives: 1, falsePositives: 0, falseNegatives: 2),
        OverlapCount(truePositives: 0, falsePositives: 1, falseNegatives: 0),
      ])
    #expect(found[1].dice == 0.5)
    #expect(OverlapCount().dice.isNaN)
    #expect((found[0] + found[1]).truePositives == 2)
  }

  @Test func `extreme logits give finite values`() {
    let logits = Tensor(shape: [2, 1, 1, 3], elements: [1e4, -1e4, 0, -1e4, 1e4, 0])
    let targets = [LabelPatch(shape: [1, 1, 3], values: [1, 0, 0])]
    let found = DiceAndCrossEntropy(classes: 2, batchDice: true).evaluate(logits: [logits], targets: targets)
    // Two voxels wrong by 2e4, one undecided.
    let expected = (4e4 + 0.6931472) / 3
    #expect(abs(found.crossEntropy - expected) < 1e-2)
    #expect(found.dlogits[0].elements.allSatisfy { $0.isFinite })
  }

  private func largest(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }
}
