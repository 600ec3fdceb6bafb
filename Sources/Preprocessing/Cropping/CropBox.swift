/// A block of an array, half open: along axis `a` the indices `lower[a] ..< upper[a]`.
public struct CropBox: Sendable, Equatable, Codable {
  /// First index along each of the three axes.
  public let lower: [Int]
  /// One past the last index along each of the three axes.
  public let upper: [Int]

  /// Both ends along each of the three axes.
  public init(lower: [Int], upper: [Int]) {
    self.lower = lower
    self.upper = upper
  }

  /// The whole of an array.
  public init(whole shape: [Int]) { self.init(lower: shape.map { _ in 0 }, upper: shape) }

  /// Voxels along each axis.
  public var shape: [Int] { zip(lower, upper).map { $1 - $0 } }
}
