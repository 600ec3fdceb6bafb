internal import COpenBLAS

/// The right-hand side of products: weights, row by row. The products are OpenBLAS's, each on one thread: the caller's task
/// is the unit of parallel work.
struct ProductWeights: Sendable {
  let rows: Int
  let columns: Int
  private let buffer: AlignedBuffer

  /// All zero.
  init(rows: Int, columns: Int) {
    OpenBLAS.load()
    self.rows = rows
    self.columns = columns
    buffer = AlignedBuffer(count: rows * columns)
    buffer.pointer.update(repeating: 0, count: buffer.count)
  }

  var bytes: Int { buffer.count * MemoryLayout<Float>.stride }

  /// Row by row, `columns` floats each.
  var base: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }

  /// For filling in, before the weights are shared.
  func set(_ value: Float, row: Int, column: Int) { buffer.pointer[row * columns + column] = value }

  /// C = A B or C += A B for some columns of B. A is `count x rows`.
  func multiply(
    _ a: UnsafePointer<Float>, stride lda: Int, count: Int, columns range: Range<Int>,
    into c: UnsafeMutablePointer<Float>, stride ldc: Int, adding: Bool
  ) {
    vigil_sgemm(
      0, 0, count, range.count, rows, 1, a, lda, buffer.pointer + range.lowerBound, columns, adding ? 1 : 0, c, ldc)
  }
}
