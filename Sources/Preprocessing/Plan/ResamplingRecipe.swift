/// How one kind of array is brought from one spacing to another, as a plan names it.
///
/// Source: nnU-Net v2 `preprocessing/resampling/default_resampling.py`, `resample_data_or_seg_to_shape`.
public struct ResamplingRecipe: Sendable, Equatable {
  /// The function, by nnU-Net's name.
  public enum Function: String, Sendable, CaseIterable {
    /// Splines of a given order, slice by slice when the spacing is anisotropic.
    case splines = "resample_data_or_seg_to_shape"
    /// Linear, as PyTorch's `interpolate` computes it; slice by slice with the nearest slice when the spacing is anisotropic.
    case torch = "resample_torch_fornnunet"
    /// Nothing is resampled: the array keeps its shape.
    case none = "no_resampling_hack"
  }

  /// Spline order of an interpolation.
  public enum Order: Int, Sendable, CaseIterable {
    /// Nearest neighbour.
    case nearest = 0
    /// Linear.
    case linear = 1
    /// Cubic B-spline that passes through the samples.
    case cubic = 3
  }

  /// The function.
  public let function: Function
  /// True for a label image: each label's indicator is interpolated and the largest wins.
  public let isSegmentation: Bool
  /// Order within the slice, or of the whole volume.
  public let order: Order
  /// Whether the coarse axis is treated apart: nil lets the spacings decide.
  public let forceSeparateZ: Bool?

  /// A recipe; along a separated axis the nearest sample is taken (`order_z` 0).
  public init(function: Function = .splines, isSegmentation: Bool, order: Order, forceSeparateZ: Bool? = nil) {
    self.function = function
    self.isSegmentation = isSegmentation
    self.order = order
    self.forceSeparateZ = forceSeparateZ
  }

  /// nnU-Net's choice for images.
  public static let images = ResamplingRecipe(isSegmentation: false, order: .cubic)
  /// nnU-Net's choice for label images.
  public static let labels = ResamplingRecipe(isSegmentation: true, order: .linear)
  /// nnU-Net's choice for logits on their way back.
  public static let probabilities = ResamplingRecipe(isSegmentation: false, order: .linear)
}
