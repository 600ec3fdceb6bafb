/// The grid an image gets when its spacing changes, and whether its coarse axis is treated apart.
///
/// Source: nnU-Net v2 `preprocessing/resampling/default_resampling.py`, `compute_new_shape` and
/// `determine_do_sep_z_and_axis`.
public enum ResamplingGrid {
  /// Spacings whose largest is more than this many times their smallest are anisotropic (nnU-Net's `ANISO_THRESHOLD`).
  public static let anisotropyThreshold = 3.0

  /// Voxels along each axis after the spacing changes from `current` to `new` mm: `round(current / new * size)`, halves to even.
  public static func newShape(_ shape: [Int], from current: [Double], to new: [Double]) -> [Int] {
    zip(shape, zip(current, new)).map { size, spacing in
      let length = (spacing.0 / spacing.1 * Double(size)).rounded(.toNearestOrEven)
      return length < 1e15 ? Int(length) : Int.max
    }
  }

  /// The axis along which the nearest slice is taken while the slices themselves are interpolated; nil when all axes are
  /// interpolated together. The current spacing decides before the new one; two equally coarse axes mean no separation.
  public static func separatedAxis(force: Bool?, from current: [Double], to new: [Double]) -> Int? {
    switch force {
    case false?: nil
    case true?: coarsestAxis(current)
    case nil:
      if isAnisotropic(current) {
        coarsestAxis(current)
      } else if isAnisotropic(new) {
        coarsestAxis(new)
      } else {
        nil
      }
    }
  }

  static func isAnisotropic(_ spacing: [Double]) -> Bool {
    guard let low = spacing.min(), let high = spacing.max() else { return false }
    return high / low > anisotropyThreshold
  }

  private static func coarsestAxis(_ spacing: [Double]) -> Int? {
    let axes = spacing.indices.filter { (spacing.max() ?? 0) / spacing[$0] == 1 }
    return axes.count == 1 ? axes[0] : nil
  }
}
