public import Networks
public import Preprocessing
public import Tensors

/// What a model or an ensemble makes of one scan.
public struct SegmentedScan: Sendable {
  /// Labels on the scan's own grid, with voxels and ml of each.
  public let segmentation: Segmentation
  /// `[K, D, H, W]` on the scan's own grid, one channel a head, before postprocessing, where asked for.
  public let probabilities: Tensor?
  /// What postprocessing took away, one entry for each of its steps.
  public let removals: [Postprocessing.Removal]
  /// Every model that was run, in order.
  public let runs: [Run]
  /// Where the time went.
  public let seconds: Seconds

  /// How the scan was prepared for the last model that ran.
  public var trace: PreparationTrace { runs[runs.count - 1].trace }
  /// Windows, mirrors and folds of the last model that ran.
  public var facts: PredictionFacts { runs[runs.count - 1].facts }

  /// One model's part.
  public struct Run: Sendable {
    /// The configuration.
    public let configuration: String
    /// How the scan was prepared for it.
    public let trace: PreparationTrace
    /// Windows, mirrors and folds.
    public let facts: PredictionFacts
  }

  /// Wall-clock seconds of each phase, over all models.
  public struct Seconds: Sendable, Equatable, Codable {
    /// Transposing, cropping, normalising, resampling.
    public var prepare = 0.0
    /// The networks.
    public var predict = 0.0
    /// Resampling the logits, deciding, averaging, postprocessing.
    public var restore = 0.0

    /// All of it.
    public var total: Double { prepare + predict + restore }

    mutating func time<Result, Failure: Error>(
      _ phase: WritableKeyPath<Seconds, Double>, _ work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
      let clock = ContinuousClock()
      let start = clock.now
      defer { self[keyPath: phase] += (clock.now - start) / .seconds(1) }
      return try work()
    }
  }
}
