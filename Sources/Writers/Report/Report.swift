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

  private static func check(_ map: LabelMap, _ name: String, on grid: Geometry) throws(ReportError) {
    guard map.geometry.isSameGrid(as: grid) else {
      throw .gridsDiffer(map: name, expected: grid.shape, found: map.geometry.shape)
    }
  }
}
