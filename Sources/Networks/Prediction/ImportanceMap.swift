internal import Foundation
internal import Tensors

/// How much each voxel of a window counts: a Gaussian around the window's centre, as nnU-Net v2 has it.
enum ImportanceMap {
  // compute_gaussian(sigma_scale: 1/8, value_scaling_factor: 10); scipy's gaussian_filter truncates at 4 sigma.
  private static let sigmaScale = 1.0 / 8
  private static let peak = 10.0
  private static let truncation = 4.0

  /// `[D, H, W]`, largest value 10. nnU-Net keeps the map in half precision whatever it accumulates in, so every value is
  /// rounded to it; zeros become the smallest value above zero.
  static func gaussian(_ extent: [Int]) -> Tensor {
    let axes = extent.map { profile($0) }
    let scale = peak / axes.reduce(1) { $0 * ($1.max() ?? 1) }
    var values: [Float] = []
    values.reserveCapacity(extent.reduce(1, *))
    for z in axes[0] {
      for y in axes[1] {
        // Double to single to half, as torch converts.
        for x in axes[2] { values.append(Float(Float16(Float(z * y * x * scale)))) }
      }
    }
    let smallest = values.filter { $0 > 0 }.min() ?? 1
    return Tensor(shape: extent, elements: values.map { $0 == 0 ? smallest : $0 })
  }

  /// A unit impulse at `n / 2` filtered by a normalised Gaussian of `n / 8`, zero outside.
  private static func profile(_ n: Int) -> [Double] {
    let sigma = Double(n) * sigmaScale
    let radius = Int(truncation * sigma + 0.5)
    let weights = (-radius...radius).map { exp(-0.5 / (sigma * sigma) * Double($0 * $0)) }
    let sum = weights.reduce(0, +)
    return (0..<n).map { i in
      let offset = abs(i - n / 2)
      return offset > radius ? 0 : weights[radius + offset] / sum
    }
  }
}
