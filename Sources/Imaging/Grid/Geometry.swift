/// Where the voxels of a grid lie in the patient.
///
/// Frame: DICOM's patient coordinates (PS3.3 C.7.6.2.1.1): millimetres, +x to the patient's Left, +y Posterior, +z Superior
/// (LPS). Index: `(i, j, k)` with `i` along a row (column index, fastest in memory), `j` down the rows, `k` over slices.
/// `position = origin + i * iStep + j * jStep + k * kStep`; the steps are independent but need not be at right angles
/// (a tilted gantry shears `kStep`).
public struct Geometry: Sendable, Hashable {
  /// Number of voxels along `i` (width, columns).
  public let width: Int
  /// Number of voxels along `j` (height, rows).
  public let height: Int
  /// Number of voxels along `k` (depth, slices).
  public let depth: Int
  /// Centre of voxel (0, 0, 0), mm, LPS.
  public let origin: SIMD3<Double>
  /// Step from voxel `i` to `i + 1`, mm, LPS.
  public let iStep: SIMD3<Double>
  /// Step from voxel `j` to `j + 1`, mm, LPS.
  public let jStep: SIMD3<Double>
  /// Step from voxel `k` to `k + 1`, mm, LPS.
  public let kStep: SIMD3<Double>

  /// A grid of `width * height * depth` voxels. All counts must be positive.
  public init(
    width: Int, height: Int, depth: Int, origin: SIMD3<Double>, iStep: SIMD3<Double>, jStep: SIMD3<Double>,
    kStep: SIMD3<Double>
  ) {
    precondition(width > 0 && height > 0 && depth > 0, "a grid has at least one voxel along every axis")
    self.width = width
    self.height = height
    self.depth = depth
    self.origin = origin
    self.iStep = iStep
    self.jStep = jStep
    self.kStep = kStep
  }

  /// Number of voxels.
  public var count: Int { width * height * depth }

  /// `[D, H, W]`: depth, height, width, the order of the array's axes in memory (slowest first).
  public var shape: [Int] { [depth, height, width] }

  /// Distance between neighbours along `[D, H, W]`, mm: the number that the file stored, free of rounding by the direction.
  public var spacing: [Double] { [kStep, jStep, iStep].map { StoredSpacing.recovered($0.length) } }

  /// Volume of one voxel, mm^3.
  public var voxelVolume: Double { abs(iStep.dot(jStep.cross(kStep))) }

  /// Position of the (fractional) index, mm, LPS.
  public func position(i: Double, j: Double, k: Double) -> SIMD3<Double> {
    origin + i * iStep + j * jStep + k * kStep
  }

  /// The (fractional) index `(i, j, k)` of a position in mm, LPS. The steps must be independent.
  public func index(of position: SIMD3<Double>) -> SIMD3<Double> {
    let offset = position - origin
    let determinant = iStep.dot(jStep.cross(kStep))
    return SIMD3(
      offset.dot(jStep.cross(kStep)) / determinant,
      offset.dot(kStep.cross(iStep)) / determinant,
      offset.dot(iStep.cross(jStep)) / determinant)
  }
}

extension SIMD3<Double> {
  /// Scalar product.
  public func dot(_ other: Self) -> Double { (self * other).sum() }

  /// Vector product, right-handed.
  public func cross(_ other: Self) -> Self {
    Self(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
  }

  /// Euclidean length.
  public var length: Double { dot(self).squareRoot() }
}
