internal import CKernels
internal import COpenBLAS

/// Row-major matrix products, one thread each: the caller's task is the unit of parallel work.
enum MatrixProduct {
  /// Who multiplies.
  enum Backend: Sendable, CaseIterable {
    case openBLAS
    /// `CKernels`, as wide as the processor's vectors.
    case kernels
  }

  /// OpenBLAS, except where this build of it does not know the processor: Debian's 0.3.21 runs its AVX2 kernels on newer
  /// processors with AVX-512, at half their speed.
  static let preferred: Backend = {
    guard InstructionSet.available.contains(.avx512), let name = openblas_get_corename() else { return .openBLAS }
    return ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(String(cString: name)) ? .openBLAS : .kernels
  }()
}

/// The right-hand side of products: weights, in the order its backend wants them.
struct ProductWeights: Sendable {
  let rows: Int
  /// A multiple of 16.
  let columns: Int
  private let backend: MatrixProduct.Backend
  private let buffer: AlignedBuffer

  /// All zero.
  init(rows: Int, columns: Int, backend: MatrixProduct.Backend) {
    self.rows = rows
    self.columns = columns
    self.backend = backend
    buffer = AlignedBuffer(count: rows * columns)
    buffer.pointer.update(repeating: 0, count: buffer.count)
  }

  var bytes: Int { buffer.count * MemoryLayout<Float>.stride }

  /// For filling in, before the weights are shared.
  func set(_ value: Float, row: Int, column: Int) {
    switch backend {
    case .openBLAS: buffer.pointer[row * columns + column] = value
    case .kernels:
      let lanes = Int(VIGIL_LANES)
      buffer.pointer[(column / lanes * rows + row) * lanes + column % lanes] = value
    }
  }

  /// C = A B or C += A B for some columns of B (in steps of 16). A is `count x rows`.
  func multiply(
    _ a: UnsafePointer<Float>, stride lda: Int, count: Int, columns range: Range<Int>,
    into c: UnsafeMutablePointer<Float>, stride ldc: Int, adding: Bool, kernels: vigil_kernels
  ) {
    switch backend {
    case .openBLAS:
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(count), Int32(range.count), Int32(rows), 1, a, Int32(lda),
        buffer.pointer + range.lowerBound, Int32(columns), adding ? 1 : 0, c, Int32(ldc))
    case .kernels:
      kernels.multiply(
        a, lda, buffer.pointer + range.lowerBound * rows, rows, count, range.count, c, ldc, adding ? 1 : 0)
    }
  }
}
