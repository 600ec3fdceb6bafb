public import Tensors

/// A loss, what it is made of, and its gradient.
public struct LossValue: Sendable, Equatable {
  /// `crossEntropy + dice`.
  public var value: Double
  /// Mean cross-entropy of the voxels.
  public var crossEntropy: Double
  /// The Dice term, -1 (perfect) to 0.
  public var dice: Double
  /// dL/d logits of each sample, of the logits' shape.
  public var dlogits: [Tensor]
  /// What the hard decision makes of each class (background first) or region, over the whole batch.
  public var overlap: [OverlapCount]
}

/// Voxels on which a hard decision and the target agree or not, for one class or region.
public struct OverlapCount: Sendable, Equatable, Codable {
  /// In both.
  public var truePositives: Int
  /// In the decision only.
  public var falsePositives: Int
  /// In the target only.
  public var falseNegatives: Int

  /// Zero voxels unless said otherwise.
  public init(truePositives: Int = 0, falsePositives: Int = 0, falseNegatives: Int = 0) {
    self.truePositives = truePositives
    self.falsePositives = falsePositives
    self.falseNegatives = falseNegatives
  }

  /// `2 tp / (2 tp + fp + fn)`; NaN when neither holds a voxel.
  public var dice: Double {
    Double(2 * truePositives) / Double(2 * truePositives + falsePositives + falseNegatives)
  }

  /// The sums.
  public static func + (a: OverlapCount, b: OverlapCount) -> OverlapCount {
    OverlapCount(
      truePositives: a.truePositives + b.truePositives, falsePositives: a.falsePositives + b.falsePositives,
      falseNegatives: a.falseNegatives + b.falseNegatives)
  }
}
