public import Imaging

/// What was done to a scan, and all that is needed to bring a result back to the scan's own grid.
///
/// "Transposed" axes are the network's: axis `i` is axis `transposeForward[i]` of the scan's `[D, H, W]`.
public struct PreparationTrace: Sendable, Equatable, Codable {
  /// What happened to one channel.
  public struct Channel: Sendable, Equatable, Codable {
    /// Its name in `dataset.json`.
    public let name: String
    /// Its normalisation.
    public let scheme: NormalizationScheme
    /// Whether its statistics were taken inside the nonzero mask only.
    public let usedMask: Bool
  }

  /// The channels in order.
  public let channels: [Channel]
  /// The scan's own grid.
  public let grid: GridRecord
  /// The axes' order, from the plan.
  public let transposeForward: [Int]
  /// Spacing of the scan, mm, transposed.
  public let spacing: [Double]
  /// Spacing of the prepared scan, mm, transposed; a 2D configuration keeps the scan's along axis 0.
  public let targetSpacing: [Double]
  /// Voxels before cropping, transposed.
  public let shapeBeforeCropping: [Int]
  /// The nonzero box, transposed.
  public let cropBox: CropBox
  /// Voxels of the prepared scan, transposed: the shape of the network's input and of its logits.
  public let preparedShape: [Int]
  /// The axis whose nearest slice was taken when the image was resampled; nil when none.
  public let separatedAxis: Int?
  /// Things a person should know: coarse spacing, a scan smaller than the patch, channels in slightly different places.
  public let warnings: [String]

  /// Voxels after cropping, transposed.
  public var shapeAfterCropping: [Int] { cropBox.shape }

  /// The scan's own grid; nil when the trace was read from a file that does not describe one.
  public var geometry: Geometry? { grid.geometry }
}
