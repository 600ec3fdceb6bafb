/// The transform of a kernel of three taps for F(m, 3), with the points that `CKernels/winograd.h` uses.
///
/// With B^T's rows monic, the row of point p of G is (1, p, p^2) divided by the product of p's distances to the other
/// points; the row of infinity is (0, 0, 1) (Winograd 1980; Barabasz et al. 2020, "Error analysis and improving the accuracy of
/// Winograd convolution", for the choice of points).
enum WinogradTransform {
  private static let points: [Int: [Double]] = [2: [0, 1, -1], 4: [0, 0.75, -0.75, 1.5, -1.5]]
  // F(2, 3) in the C kernels has the customary signs: B^T's row of point 0 is (1, 0, -1, 0) and of -1 (0, -1, 1, 0).
  private static let signs: [Int: [Double]] = [2: [-1, 1, 1, 1], 4: [1, 1, 1, 1, 1, 1]]

  /// G, `(m + 2) x 3`; for m = 1 the identity of a kernel of one tap.
  static func matrix(_ m: Int) -> [[Double]] {
    guard let points = points[m], let signs = signs[m] else { return [[1]] }
    let finite = points.map { p in
      let distance = points.filter { $0 != p }.reduce(1) { $0 * (p - $1) }
      return [1, p, p * p].map { $0 / distance }
    }
    return zip(signs, finite + [[0, 0, 1]]).map { sign, row in row.map { sign * $0 } }
  }

  /// Kronecker product of the three axes' matrices: `points x taps`.
  static func matrix(_ tile: [Int]) -> [[Double]] {
    tile.map { matrix($0) }.reduce([[1]]) { left, right in
      left.flatMap { a in right.map { b in a.flatMap { x in b.map { x * $0 } } } }
    }
  }
}
