public import Networks
public import Preprocessing
public import Tensors

/// What a model makes of one scan.
public struct SegmentedScan: Sendable {
  /// Labels on the scan's own grid, with voxels and ml of each.
  public let segmentation: Segmentation
  /// `[K, D, H, W]` on the scan's own grid, one channel a head, where asked for.
  public let probabilities: Tensor?
  /// How the scan was prepared.
  public let trace: PreparationTrace
  /// Windows, mirrors and folds.
  public let facts: PredictionFacts
  /// Where the time went.
  public let seconds: Seconds

  /// Wall-clock seconds of each phase.
  public struct Seconds: Sendable, Equatable, Codable {
    /// Transposing, cropping, normalising, resampling.
    public var prepare = 0.0
    /// The networks.
    public var predict = 0.0
    /// Resampling the logits and deciding.
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
