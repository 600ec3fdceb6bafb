/// Cubic B-spline coefficients of samples that are mirrored about the first and the last of them.
///
/// Unser, Aldroubi, Eden, IEEE Trans. Signal Processing 41(2), 1993; what scipy's `spline_filter` does for modes "mirror" and "constant".
enum MirrorSpline {
  private static let pole = Float(3.0.squareRoot() - 2)

  /// Turns samples `[D, H, W]` into coefficients along the axes given.
  static func filter(_ voxels: inout [Float], shape: [Int], axes: [Int]) {
    for axis in axes where shape[axis] > 1 {
      let inner = shape[(axis + 1)...].reduce(1, *)
      let block = inner * shape[axis]
      voxels.withUnsafeMutableBufferPointer { buffer in
        for start in stride(from: 0, to: buffer.count, by: block) {
          filter(buffer.baseAddress.unsafelyUnwrapped + start, length: shape[axis], inner: inner)
        }
      }
    }
  }

  /// `length` rows of `inner` voxels, along the rows' index.
  private static func filter(_ rows: UnsafeMutablePointer<Float>, length: Int, inner: Int) {
    let z = pole
    for i in 0..<length * inner { rows[i] *= 6 }
    // Causal, from the sum over the mirrored samples, which repeat after a period; z^24 is 2e-14.
    let last = length - 1
    let period = 2 * last
    var power = z
    for k in 1..<min(period, 24) {
      add(rows, rows + min(k, period - k) * inner, power, inner)
      power *= z
    }
    if period <= 24 {
      for i in 0..<inner { rows[i] /= 1 - power }
    }
    for k in 1..<length { add(rows + k * inner, rows + (k - 1) * inner, z, inner) }
    // Anticausal.
    let scale = z / (z * z - 1)
    let end = rows + last * inner
    for i in 0..<inner { end[i] = scale * (end[i] + z * end[i - inner]) }
    for k in stride(from: last - 1, through: 0, by: -1) {
      let row = rows + k * inner
      for i in 0..<inner { row[i] = z * (row[i + inner] - row[i]) }
    }
  }

  @inline(__always)
  private static func add(
    _ row: UnsafeMutablePointer<Float>, _ other: UnsafePointer<Float>, _ factor: Float, _ count: Int
  ) {
    for i in 0..<count { row[i] += factor * other[i] }
  }
}
