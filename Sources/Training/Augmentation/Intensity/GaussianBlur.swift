internal import Foundation

extension ChannelVoxels {
  /// Convolution with a Gaussian of `sigma` voxels along each axis D, H, W; 0 leaves an axis alone.
  ///
  /// The kernel has the odd number of taps nearest to `6 sigma + 0.5` and adds to 1; beyond the edge the patch is mirrored, the edge not
  /// repeated. batchgeneratorsv2 `blur_dimension`.
  package func blur(sigma: [Double]) {
    for axis in 0..<3 where sigma[axis] > 0 && shape[axis] > 1 { blur(Self.kernel(sigma[axis]), axis: axis) }
  }

  static func kernel(_ sigma: Double) -> [Float] {
    let length = sigma * 6 + 0.5
    let rounded = Int(length.rounded(.toNearestOrEven))
    let taps = rounded % 2 == 1 ? rounded : (length >= Double(rounded) ? rounded + 1 : rounded - 1)
    let weights = (0..<taps).map { tap in
      let x = (Double(tap) - Double(taps - 1) / 2) / sigma
      return exp(-0.5 * x * x)
    }
    let sum = weights.reduce(0, +)
    return weights.map { Float($0 / sum) }
  }

  private func blur(_ kernel: [Float], axis: Int) {
    let inner = shape[(axis + 1)...].reduce(1, *)
    let (length, radius) = (shape[axis], kernel.count / 2)
    let period = 2 * (length - 1)
    // A block with its mirror images on both sides.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: (length + 2 * radius) * inner) { scratch in
      let rows = scratch.baseAddress.unsafelyUnwrapped
      for start in stride(from: 0, to: voxels.count, by: length * inner) {
        let block = voxels.baseAddress.unsafelyUnwrapped + start
        for row in 0..<length + 2 * radius {
          let folded = (((row - radius) % period) + period) % period
          (rows + row * inner).update(from: block + min(folded, period - folded) * inner, count: inner)
        }
        Self.convolve(rows, kernel, into: block, count: length * inner, step: inner)
      }
    }
  }

  private static func convolve(
    _ source: UnsafePointer<Float>, _ kernel: [Float], into result: UnsafeMutablePointer<Float>, count: Int, step: Int
  ) {
    for (tap, weight) in kernel.enumerated() {
      let from = source + tap * step
      if tap == 0 {
        for i in 0..<count { result[i] = weight * from[i] }
      } else {
        for i in 0..<count { result[i] += weight * from[i] }
      }
    }
  }
}
