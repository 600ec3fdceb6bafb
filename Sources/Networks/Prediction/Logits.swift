public import Tensors

/// What the networks say of a volume: one value per class (or region) and voxel, before soft-max or sigmoid.
public struct Logits: Sendable {
  /// `[K, D, H, W]`, the spatial size of the input.
  public var values: Tensor
  /// For the record.
  public let facts: PredictionFacts
  /// What each network said by itself, in their order; empty where it was not asked for.
  public var tallies: [FoldTally] = []
}

/// How the logits came about.
public struct PredictionFacts: Sendable, Equatable, Codable {
  /// Windows over the volume.
  public let windows: Int
  /// Passes averaged per window: 1, or 2 to the number of mirrored axes.
  public let mirrors: Int
  /// Networks averaged.
  public let folds: Int
  /// Forward passes in all.
  public var forwardPasses: Int { windows * mirrors * folds }
}

/// How far a prediction is.
public struct PredictionProgress: Sendable, Equatable {
  /// Forward passes done.
  public let done: Int
  /// Forward passes in all.
  public let total: Int
}
