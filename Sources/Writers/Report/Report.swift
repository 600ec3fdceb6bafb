import Imaging

/// `report.html`: one file that shows a scan, what the model found in it, and how that came about.
///
/// The page opens from a disk without a network, fetches nothing, and needs no other file. The same content always gives the
/// same bytes.
public enum Report {
  /// Bytes that a page may take unless told otherwise: a page of a large CT must stay below 25 MB.
  public static let standardBudget = 24_000_000

  /// What a page takes beside voxels, at most: script, styles, tables.
  private static let reserve = 1_000_000

  /// The page for `content`, UTF-8. Large scans are shown with fewer grey levels, then cropped to the body, then at half
  /// resolution, so that the page takes at most about `budget` bytes; the page says so.
  ///
  /// - Throws: ``ReportError`` when a map is not on the image's grid or the scan cannot be made small enough.
  public static func html(_ content: ReportContent, budget: Int = standardBudget) throws(ReportError) -> [UInt8] {
    try check(content.labels, "label map", on: content.image.geometry)
    if let reference = content.reference { try check(reference.labels, "supplied mask", on: content.image.geometry) }
    return try ReportPage(content, budget: budget - reserve).bytes
  }

  /// Positions may differ by this share of a voxel: what single precision in a NIfTI header costs.
  private static let placeTolerance = 0.01

  private static func check(_ map: LabelMap, _ name: String, on grid: Geometry) throws(ReportError) {
    let found = map.geometry
    let corners: [(Int, Int, Int)] = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    let isSame =
      found.shape == grid.shape
      && corners.allSatisfy { corner in
        let (i, j, k) = (corner.0 * grid.width, corner.1 * grid.height, corner.2 * grid.depth)
        let (x, y, z) = (Double(i), Double(j), Double(k))
        let apart = (found.position(i: x, j: y, k: z) - grid.position(i: x, j: y, k: z)).length
        return apart <= placeTolerance * (grid.spacing.min() ?? 0) * Double(max(1, max(i, max(j, k))))
      }
    guard isSame else { throw .gridsDiffer(map: name, expected: grid.shape, found: found.shape) }
  }
}
