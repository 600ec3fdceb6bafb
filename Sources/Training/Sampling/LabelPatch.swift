/// The labels of a patch.
public struct LabelPatch: Sendable, Equatable {
  /// `[D, H, W]`; D = 1 in 2D.
  public let shape: [Int]
  /// A label for each voxel, row-major; -1 outside the image.
  public var values: [Int16]

  /// `values.count` must equal the product of the three lengths in `shape`.
  public init(shape: [Int], values: [Int16]) {
    precondition(shape.count == 3 && values.count == shape.reduce(1, *), "labels must fill their shape [D, H, W]")
    self.shape = shape
    self.values = values
  }

  /// All voxels labelled `value`.
  public init(shape: [Int], repeating value: Int16) {
    self.init(shape: shape, values: [Int16](repeating: value, count: shape.reduce(1, *)))
  }

  /// Number of voxels.
  public var count: Int { values.count }
}
