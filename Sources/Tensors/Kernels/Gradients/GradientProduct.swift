internal import COpenBLAS

/// The products of backward passes, row-major, on the caller's thread.
enum GradientProduct {
  /// c (m x n) = a^T b, or added to c; a is k x m, b is k x n.
  static func transposed(
    _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, m: Int, n: Int, k: Int,
    into c: UnsafeMutablePointer<Float>, _ ldc: Int, adding: Bool
  ) {
    vigil_sgemm(1, 0, m, n, k, 1, a, lda, b, ldb, adding ? 1 : 0, c, ldc)
  }

  /// c (m x n) = a b, or added to c; a is m x k, b is k x n.
  static func plain(
    _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, m: Int, n: Int, k: Int,
    into c: UnsafeMutablePointer<Float>, _ ldc: Int, adding: Bool
  ) {
    vigil_sgemm(0, 0, m, n, k, 1, a, lda, b, ldb, adding ? 1 : 0, c, ldc)
  }
}
