import Tensors

/// The winning head at every voxel of an input slice, for the two slices in use; row by row, as far as rows are asked for.
struct WinnerPlanes {
  private let decision: RowDecision
  private let shape: [Int]
  private let logits: UnsafePointer<Float>
  private let planes: [UnsafeMutablePointer<UInt16>]
  private var held = [-1, -1]
  private var rows = [0, 0]

  init(_ decision: RowDecision, shape: [Int], _ logits: UnsafePointer<Float>) {
    self.decision = decision
    self.logits = logits
    self.shape = shape
    planes = (0..<2).map { _ in .allocate(capacity: shape[1] * shape[2]) }
  }

  func deallocate() { for plane in planes { plane.deallocate() } }

  /// Makes place for slice `slice`, where slice `other` stays valid, and returns the number of its plane.
  mutating func select(_ slice: Int, keeping other: Int) -> Int {
    if let plane = held.firstIndex(of: slice) { return plane }
    let plane = held[0] == other ? 1 : 0
    (held[plane], rows[plane]) = (slice, 0)
    return plane
  }

  /// The winners of row `row` of a plane, `[w]`. Rows are asked for from the first on, or again.
  mutating func row(_ row: Int, plane: Int) -> UnsafePointer<UInt16> {
    let (width, size) = (shape[2], shape[1] * shape[2])
    if row >= rows[plane] {
      let first = rows[plane] * width
      decision.winners(
        logits + held[plane] * size + first, stride: shape[0] * size, count: (row + 1) * width - first,
        into: planes[plane] + first)
      rows[plane] = row + 1
    }
    return UnsafePointer(planes[plane] + row * width)
  }
}
