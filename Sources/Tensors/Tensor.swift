/// A dense array of Float, contiguous and row-major (the last axis is fastest in memory).
///
/// The interchange type between rooms. Kernels work on its storage through unsafe pointers; nothing else does.
public struct Tensor: Sendable, Equatable {
  /// Length of each axis, slowest first; for images `[C, D, H, W]`.
  public let shape: [Int]
  /// The elements in row-major order.
  public var elements: [Float]

  /// `elements.count` must equal the product of `shape`.
  public init(shape: [Int], elements: [Float]) {
    precondition(shape.allSatisfy { $0 >= 0 } && elements.count == shape.reduce(1, *), "elements must fill the shape")
    self.shape = shape
    self.elements = elements
  }

  /// All elements equal to `value`.
  public init(shape: [Int], repeating value: Float = 0) {
    self.init(shape: shape, elements: [Float](repeating: value, count: shape.reduce(1, *)))
  }

  /// Number of elements.
  public var count: Int { elements.count }
}
