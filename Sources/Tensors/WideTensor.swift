/// A dense array of Double, row-major: what the plain twins of the gradients work on, so that their finite differences say
/// something.
public struct WideTensor: Sendable, Equatable {
  /// Length of each axis, slowest first; `[C, D, H, W]` for images.
  public let shape: [Int]
  /// In row-major order.
  public var elements: [Double]

  /// `elements.count` must equal the product of `shape`.
  public init(shape: [Int], elements: [Double]) {
    precondition(elements.count == shape.reduce(1, *), "elements must fill the shape")
    self.shape = shape
    self.elements = elements
  }

  /// All elements equal to `value`.
  public init(shape: [Int], repeating value: Double = 0) {
    self.init(shape: shape, elements: [Double](repeating: value, count: shape.reduce(1, *)))
  }

  /// The same numbers, wider.
  public init(_ tensor: Tensor) { self.init(shape: tensor.shape, elements: tensor.elements.map { Double($0) }) }

  /// Number of elements.
  public var count: Int { elements.count }

  /// Rounded to single precision.
  public var narrowed: Tensor { Tensor(shape: shape, elements: elements.map { Float($0) }) }

  /// Adds element by element.
  public static func += (a: inout WideTensor, b: WideTensor) {
    precondition(a.shape == b.shape, "shapes fit")
    for i in a.elements.indices { a.elements[i] += b.elements[i] }
  }

  /// The sum of products: how a test makes one number of a tensor.
  public func dot(_ other: WideTensor) -> Double {
    precondition(shape == other.shape, "shapes fit")
    return zip(elements, other.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
