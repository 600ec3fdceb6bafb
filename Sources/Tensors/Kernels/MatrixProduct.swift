internal import COpenBLAS

/// Row-major matrix products on OpenBLAS, one thread each: the caller's task is the unit of parallel work.
enum MatrixProduct {
  /// C = A B, or C += A B. A is `rows x inner`, B `inner x columns`; the strides are between rows.
  static func multiply(
    _ a: UnsafePointer<Float>, stride lda: Int, _ b: UnsafePointer<Float>, stride ldb: Int,
    into c: UnsafeMutablePointer<Float>, stride ldc: Int, rows: Int, columns: Int, inner: Int, adding: Bool = false
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(lda), b,
      Int32(ldb), adding ? 1 : 0, c, Int32(ldc))
  }

  /// C = A B^T. A is `rows x inner`, B `columns x inner`.
  static func multiplyByTransposed(
    _ a: UnsafePointer<Float>, stride lda: Int, _ b: UnsafePointer<Float>, stride ldb: Int,
    into c: UnsafeMutablePointer<Float>, stride ldc: Int, rows: Int, columns: Int, inner: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(lda), b,
      Int32(ldb), 0, c, Int32(ldc))
  }
}
