internal import Imaging

/// What one image plane says of itself: a single-frame file has one, a multi-frame file one for each frame, whose functional
/// groups (PS3.3 C.7.6.16) are read per frame first, then shared, then from the data set itself.
public struct FrameHeader: Sendable, Hashable {
  /// ImagePositionPatient (0020,0032): centre of the first voxel, mm, LPS.
  public var imagePositionPatient: SIMD3<Double>?
  /// ImageOrientationPatient (0020,0037).
  public var imageOrientationPatient: ImageOrientation?
  /// PixelSpacing (0028,0030), mm: between rows first, then between columns.
  public var pixelSpacing: SIMD2<Double>?
  /// RescaleSlope (0028,1053), 1 when absent.
  public var rescaleSlope: Double
  /// RescaleIntercept (0028,1052), 0 when absent.
  public var rescaleIntercept: Double
  /// SliceThickness (0018,0050), mm.
  public var sliceThickness: Double?
  /// SpacingBetweenSlices (0018,0088), mm.
  public var spacingBetweenSlices: Double?
  /// What may tell one volume of a series from another.
  public var distinctions: [Distinction: String]
}

/// Direction cosines of the rows and columns of an image (PS3.3 C.7.6.2.1.1), LPS.
public struct ImageOrientation: Sendable, Hashable {
  /// The direction in which the column index grows, along a row.
  public let row: SIMD3<Double>
  /// The direction in which the row index grows, down a column.
  public let column: SIMD3<Double>

  init(row: SIMD3<Double>, column: SIMD3<Double>) {
    self.row = row
    self.column = column
  }

  init?(_ cosines: [Double]?) {
    guard let c = cosines, c.count == 6, c.allSatisfy({ $0.isFinite }) else { return nil }
    row = SIMD3(c[0], c[1], c[2])
    column = SIMD3(c[3], c[4], c[5])
  }

  /// The normal of the slice: row cross column.
  public var normal: SIMD3<Double> { row.cross(column) }

  /// The largest difference of a cosine.
  func distance(to other: ImageOrientation) -> Double {
    let difference = (row - other.row).replacing(with: other.row - row, where: row .< other.row)
    let second = (column - other.column).replacing(with: other.column - column, where: column .< other.column)
    return max(difference.max(), second.max())
  }
}

extension SIMD3<Double> {
  init?(values: [Double]?) {
    guard let v = values, v.count == 3, v.allSatisfy({ $0.isFinite }) else { return nil }
    self.init(v[0], v[1], v[2])
  }
}
