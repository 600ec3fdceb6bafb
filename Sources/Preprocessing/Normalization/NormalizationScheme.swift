/// How the intensities of one channel are brought to a common scale. The raw value is nnU-Net's class name in `plans.json`.
///
/// Source: nnU-Net v2 `preprocessing/normalization/default_normalization_schemes.py`. To add one: a file in this folder and a
/// case here; the conformance test runs over all cases.
public enum NormalizationScheme: String, Sendable, CaseIterable, Codable {
  /// Clip to the data set's percentiles, then the data set's z-score.
  case ct = "CTNormalization"
  /// The image's own z-score.
  case zScore = "ZScoreNormalization"
  /// Nothing.
  case none = "NoNormalization"
  /// The image's own range to 0...1.
  case rescaleTo01 = "RescaleTo01Normalization"
  /// 0...255 to 0...1.
  case rgbTo01 = "RGBTo01Normalization"
}

extension NormalizationScheme {
  /// The scheme nnU-Net plans for a channel of this name; names it does not know get the z-score.
  public init(channelName: String) {
    switch channelName.lowercased() {
    case "ct": self = .ct
    case "nonorm": self = .none
    case "rescale_to_0_1": self = .rescaleTo01
    case "rgb_to_0_1": self = .rgbTo01
    default: self = .zScore
    }
  }

  /// Whether the planner uses the nonzero mask with this scheme when cropping removed a quarter or more.
  public var plansMask: Bool { self == .zScore }

  /// The scheme ready to run on one channel. `properties` are the data set's statistics of that channel.
  public func normalization(
    useMask: Bool, properties: IntensityProperties?
  ) throws(NormalizationError) -> any Normalization {
    switch self {
    case .ct: try CTNormalization(properties: properties)
    case .zScore: ZScoreNormalization(useMask: useMask)
    case .none: NoNormalization()
    case .rescaleTo01: RescaleTo01Normalization()
    case .rgbTo01: RGBTo01Normalization()
    }
  }
}

/// A normalisation with its parameters.
public protocol Normalization: Sendable {
  /// Whether ``normalize(_:inside:)`` needs the nonzero mask.
  var needsMask: Bool { get }

  /// Changes the voxels in place. `mask`, as long as `voxels`, is true inside the nonzero region (holes filled).
  func normalize(_ voxels: inout [Float], inside mask: [Bool]?) throws(NormalizationError)
}

extension Normalization {
  /// Smallest divisor: nnU-Net's guard against images of one value.
  public static var smallestDivisor: Double { 1e-8 }
}

/// Why a channel cannot be normalised.
public enum NormalizationError: Error, Equatable, CustomStringConvertible {
  /// CT normalisation without the data set's statistics, or with some that are not numbers.
  case missingIntensityProperties
  /// The mask asked for is missing, of another length, or nowhere true.
  case missingMask
  /// A value outside 0...255 in a channel declared as RGB.
  case notRGB(lowest: Float, highest: Float)

  /// The sentence for people.
  public var description: String {
    switch self {
    case .missingIntensityProperties:
      "CTNormalization needs mean, std, percentile_00_5 and percentile_99_5 of the channel under "
        + "foreground_intensity_properties_per_channel in plans.json, all of them finite"
    case .missingMask: "normalisation inside the nonzero mask needs a mask with at least one voxel inside"
    case .notRGB(let lowest, let highest):
      "RGBTo01Normalization expects values from 0 to 255; found \(lowest) to \(highest)"
    }
  }
}
