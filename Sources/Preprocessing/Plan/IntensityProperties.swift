/// Statistics of one channel over the foreground voxels of the training cases, in the image's own units.
///
/// Source: nnU-Net v2 `dataset_fingerprint.json`, key `foreground_intensity_properties_per_channel`.
public struct IntensityProperties: Sendable, Equatable {
  /// Mean.
  public let mean: Double
  /// Population standard deviation.
  public let std: Double
  /// 0.5th percentile.
  public let lowerPercentile: Double
  /// 99.5th percentile.
  public let upperPercentile: Double
  /// Median; nil where the file lacks it.
  public let median: Double?
  /// Smallest value; nil where the file lacks it.
  public let min: Double?
  /// Largest value; nil where the file lacks it.
  public let max: Double?

  /// Statistics of one channel.
  public init(
    mean: Double, std: Double, lowerPercentile: Double, upperPercentile: Double, median: Double? = nil,
    min: Double? = nil, max: Double? = nil
  ) {
    self.mean = mean
    self.std = std
    self.lowerPercentile = lowerPercentile
    self.upperPercentile = upperPercentile
    self.median = median
    self.min = min
    self.max = max
  }

  /// Reads the object that `plans.json` and `dataset_fingerprint.json` hold; nil when one of the four needed keys is missing.
  init?(_ json: JSONValue) {
    guard let mean = json["mean"]?.number, let std = json["std"]?.number,
      let lower = json["percentile_00_5"]?.number, let upper = json["percentile_99_5"]?.number
    else { return nil }
    self.init(
      mean: mean, std: std, lowerPercentile: lower, upperPercentile: upper, median: json["median"]?.number,
      min: json["min"]?.number, max: json["max"]?.number)
  }

  /// True when every statistic that CT normalisation needs is a finite number.
  public var isFinite: Bool {
    mean.isFinite && std.isFinite && lowerPercentile.isFinite && upperPercentile.isFinite
  }
}
