public import Imaging

/// A rectangle of pixels in space that is to be put onto a grid.
struct PlacedPlane {
  let position: SIMD3<Double>
  let iStep: SIMD3<Double>
  let jStep: SIMD3<Double>
  let rows: Int
  let columns: Int

  /// Largest deviation of a pixel step from a voxel step, in voxels: half a voxel over 500 columns.
  static let stepTolerance = 1e-3
  /// Largest distance of a pixel from a voxel's centre within the plane, in voxels.
  static let latticeTolerance = 0.05

  /// The voxel `(i, j, k)` that the first pixel is, when every pixel of the plane is a voxel of the grid: same directions, same spacing,
  /// same lattice, and a slice less than half a step away.
  func place(on geometry: Geometry) -> (i: Int, j: Int, k: Int)? {
    let first = geometry.index(of: position)
    let right = geometry.index(of: position + iStep) - first
    let down = geometry.index(of: position + jStep) - first
    guard (right - SIMD3(1, 0, 0)).length < Self.stepTolerance, (down - SIMD3(0, 1, 0)).length < Self.stepTolerance
    else {
      return nil
    }
    let rounded = first.rounded(.toNearestOrAwayFromZero)
    let off = first - rounded
    guard abs(off.x) < Self.latticeTolerance, abs(off.y) < Self.latticeTolerance, abs(off.z) < 0.5 else { return nil }
    guard let i = Int(exactly: rounded.x), let j = Int(exactly: rounded.y), let k = Int(exactly: rounded.z) else {
      return nil
    }
    return (i, j, k)
  }
}

/// Labels on a grid, and what did not fit.
public struct PlacedMask: Sendable {
  /// The labels.
  public let labels: LabelMap
  /// Voxels that more than one segment claims; they carry the segment with the highest number.
  public let overlappingVoxels: Int
  /// Pixels of the mask that lie outside of the grid.
  public let pixelsOutside: Int
  /// Whether the mask lies on another grid and was brought here by nearest neighbour.
  public let isResampled: Bool
}
