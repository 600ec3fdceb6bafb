public import Tensors

/// nnU-Net's loss: mean cross-entropy minus mean soft Dice.
///
/// With u the soft-max of the logits and v the one-hot target, `dice = -mean_c (2 sum(u v) + s) / max(sum(u) + sum(v) + s, 1e-8)`, the
/// sums over voxels and, with `batchDice`, samples. Voxels with the ignore label count nowhere. With regions, the sigmoid of each head
/// takes the soft-max's place and binary cross-entropy the other's. nnU-Net v2.8 `DC_and_CE_loss`, `DC_and_BCE_loss`; with
/// `includesBackground` and `smooth: 0` the formula of the paper.
///
/// The twin ``referenceLoss(logits:targets:)`` does it in Double, voxel by voxel.
public struct DiceAndCrossEntropy: Sendable {
  /// Heads of the network: classes with the background first, or regions.
  public let heads: Int
  /// Whether Dice sums go over the samples too.
  public let batchDice: Bool
  /// Added to numerator and denominator.
  public let smooth: Double
  /// Whether class 0 has a Dice; regions all have.
  public let includesBackground: Bool
  /// The label of voxels that nobody annotated.
  public let ignoreLabel: Int?
  /// The labels each region is made of; nil: each class is its label.
  public let regions: [[Int]]?
  let pool: WorkerPool

  /// Least denominator of a Dice.
  static let leastDenominator = 1e-8

  /// `classes` is the number of heads, that is `regions.count` where there are regions; `threads` nil is all cores.
  public init(
    classes: Int, batchDice: Bool, smooth: Double = 1e-5, includesBackground: Bool = false, ignoreLabel: Int? = nil,
    regions: [[Int]]? = nil, threads: Int? = nil
  ) {
    precondition(regions.map { $0.count == classes } ?? (classes > 1), "two classes or more, or as many as regions")
    heads = classes
    self.batchDice = batchDice
    self.smooth = smooth
    self.includesBackground = includesBackground || regions != nil
    self.ignoreLabel = ignoreLabel
    self.regions = regions
    pool = WorkerPool(threads: threads)
  }

  /// The loss of a batch: `logits` `[K, D, H, W]` and `targets` `[D, H, W]` for each sample, all of one shape. `weight` scales the
  /// gradient only. A target is 0 ..< K (or a label of the dataset where there are regions) or the ignore label; anything else, such as
  /// the -1 that augmentation removes, is a mistake of the program.
  public func evaluate(logits: [Tensor], targets: [LabelPatch], weight: Double = 1) -> LossValue {
    precondition(
      !logits.isEmpty && logits.count == targets.count
        && zip(logits, targets).allSatisfy { $0.shape == [heads] + $1.shape && $1.shape == targets[0].shape },
      "logits [K, D, H, W] and targets [D, H, W] of one shape")
    let passes = VoxelPasses(self, logits: logits, targets: targets)
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: logits.count * logits[0].count)
    defer { values.deallocate() }
    let sums = passes.probabilities(into: values)
    let slopes = DiceSlopes(sums, loss: self)
    passes.gradients(slopes, weight: weight, in: values)
    let crossEntropy = sums.crossEntropy * slopes.share
    return LossValue(
      value: crossEntropy + slopes.dice, crossEntropy: crossEntropy, dice: slopes.dice,
      dlogits: logits.indices.map { sample in
        let count = logits[sample].count
        return Tensor(shape: logits[sample].shape, elements: Array(values[sample * count..<(sample + 1) * count]))
      }, overlap: sums.overlap)
  }

  /// For each label 0...largest and head, whether the head's target holds the label.
  func holds(_ label: Int, _ head: Int) -> Bool {
    regions?[head].contains(label) ?? (label == head)
  }

  /// The part of the cross-entropy's sum that a voxel and head has, given how many voxels count.
  func share(countedVoxels: Double) -> Double {
    guard regions != nil else { return countedVoxels > 0 ? 1 / countedVoxels : 0 }
    // nnU-Net divides by voxels where some are ignored, by voxels times regions where none can be.
    return 1 / max(ignoreLabel == nil ? countedVoxels * Double(heads) : countedVoxels, Self.leastDenominator)
  }
}
