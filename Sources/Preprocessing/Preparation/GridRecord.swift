public import Imaging

/// A ``Geometry`` as it is written to JSON: counts `[D, H, W]` and vectors in mm, LPS.
public struct GridRecord: Sendable, Equatable, Codable {
  /// Voxels along `[D, H, W]`.
  public let shape: [Int]
  /// Centre of voxel (0, 0, 0), mm, LPS.
  public let origin: SIMD3<Double>
  /// Steps along `[i, j, k]`, mm, LPS.
  public let steps: [SIMD3<Double>]

  /// The record of a grid.
  public init(_ geometry: Geometry) {
    shape = geometry.shape
    origin = geometry.origin
    steps = [geometry.iStep, geometry.jStep, geometry.kStep]
  }

  /// The grid; nil when the record does not describe one.
  public var geometry: Geometry? {
    guard shape.count == 3, steps.count == 3, shape.allSatisfy({ $0 > 0 && $0 < 1 << 20 }) else { return nil }
    return Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: origin, iStep: steps[0], jStep: steps[1],
      kStep: steps[2])
  }
}
