/// What a pass over the voxels adds up.
struct LossSums {
  /// Sums of one head over the voxels of a sample that count.
  struct Head {
    /// Of u v, u and v.
    var intersection = 0.0
    var predicted = 0.0
    var marked = 0.0
    /// Voxels of the hard decision, and those of them that the target holds.
    var decided = 0.0
    var agreed = 0.0
  }

  /// `[sample][head]`.
  var samples: [[Head]]
  /// Of the voxels' (and regions') cross-entropy.
  var crossEntropy = 0.0
  /// Voxels without the ignore label.
  var countedVoxels = 0.0

  init(samples: Int, heads: Int) {
    self.samples = Array(repeating: Array(repeating: Head(), count: heads), count: samples)
  }

  /// Over the batch.
  var overlap: [OverlapCount] {
    (samples.first ?? []).indices.map { head in
      samples.reduce(OverlapCount()) { sum, heads in
        let (agreed, decided, marked) = (heads[head].agreed, heads[head].decided, heads[head].marked)
        return sum
          + OverlapCount(
            truePositives: Int(agreed), falsePositives: Int(decided - agreed), falseNegatives: Int(marked - agreed))
      }
    }
  }
}

/// The Dice term, and how it changes with the probability of a voxel.
struct DiceSlopes {
  /// Of the loss.
  let dice: Double
  /// Of a voxel (and region) in the mean cross-entropy.
  let share: Double
  /// `[sample][head]`: d dice / du where the target does not hold the head, and what is added where it does.
  let slopes: [[(outside: Double, inside: Double)]]

  init(_ sums: LossSums, loss: DiceAndCrossEntropy) {
    let heads = loss.includesBackground ? 0..<loss.heads : 1..<loss.heads
    let samples = sums.samples.indices
    let groups = loss.batchDice ? [Array(samples)] : samples.map { [$0] }
    let part = 1 / Double(groups.count * heads.count)
    var dice = 0.0
    var slopes = Array(
      repeating: [(outside: Double, inside: Double)](repeating: (0, 0), count: loss.heads), count: samples.count)
    for group in groups {
      for head in heads {
        let all = group.map { sums.samples[$0][head] }
        let numerator = 2 * all.reduce(0) { $0 + $1.intersection } + loss.smooth
        let sum = all.reduce(0) { $0 + $1.predicted + $1.marked } + loss.smooth
        let denominator = max(sum, DiceAndCrossEntropy.leastDenominator)
        dice -= part * numerator / denominator
        let outside =
          sum < DiceAndCrossEntropy.leastDenominator ? 0 : part * numerator / (denominator * denominator)
        for sample in group { slopes[sample][head] = (outside, -2 * part / denominator) }
      }
    }
    self.dice = dice
    self.slopes = slopes
    share = loss.share(countedVoxels: sums.countedVoxels)
  }
}
