import Foundation
public import Imaging

extension StructureSet {
  /// The regions on a scan's grid, each voxel carrying its region's ROINumber (which must be 1 ... 65535).
  ///
  /// A voxel belongs to a region when its centre lies inside an odd number of the region's contours in its slice: contours within
  /// contours are holes, and a keyhole's channel encloses nothing. A contour belongs to the slice nearest to it; contours whose points
  /// are not all in one plane of the grid are refused. `chosen` leaves out all other regions.
  public func labels(
    on geometry: Geometry, segments chosen: Set<Int>? = nil
  ) throws(DICOMError) -> PlacedMask {
    var voxels = [UInt16](repeating: 0, count: geometry.count)
    var overlapping = 0
    var outside = 0
    for segment in segments where chosen?.contains(segment.number) ?? true {
      guard let label = UInt16(exactly: segment.number), label > 0 else {
        throw DICOMError(
          .unsupported, path: file.path, "ROINumber (3006,0022) \(segment.number) is no label 1 ... 65535")
      }
      for (k, polygons) in try slices(segment.number, on: geometry) {
        guard (0..<geometry.depth).contains(k) else {
          outside += polygons.count
          continue
        }
        let plane = k * geometry.height * geometry.width
        PolygonFill.fill(polygons, width: geometry.width, height: geometry.height) { j, columns in
          for i in columns {
            let at = plane + j * geometry.width + i
            if voxels[at] != 0, voxels[at] != label { overlapping += 1 }
            voxels[at] = max(voxels[at], label)
          }
        }
      }
    }
    return PlacedMask(
      labels: LabelMap(geometry: geometry, voxels: voxels), overlappingVoxels: overlapping, pixelsOutside: outside,
      isResampled: false)
  }

  /// Most corners of one region's contours in one slice: each row of the slice looks at every one.
  private static let mostCorners = 1_000_000

  /// A region's contours by slice, in voxel indices.
  private func slices(_ number: Int, on geometry: Geometry) throws(DICOMError) -> [Int: [[SIMD2<Double>]]] {
    var slices: [Int: [[SIMD2<Double>]]] = [:]
    var corners: [Int: Int] = [:]
    for contour in contours[number] ?? [] {
      let points = contour.map { geometry.index(of: $0) }
      let levels = points.map { $0.z }
      guard let low = levels.min(), let high = levels.max(), abs(low) < 1e6, abs(high) < 1e6, high - low < 0.5 else {
        throw DICOMError(
          .unsupported, path: file.path, "a contour of ROI \(number) does not lie in a plane of the scan's slices")
      }
      let k = Int(((low + high) / 2).rounded())
      slices[k, default: []].append(points.map { SIMD2($0.x, $0.y) })
      corners[k, default: 0] += points.count
    }
    guard corners.values.allSatisfy({ $0 <= Self.mostCorners }) else {
      throw DICOMError(
        .overBudget, path: file.path,
        "ROI \(number) has more than \(Self.mostCorners) corners in one slice, the budget")
    }
    return slices
  }
}

/// Fills polygons by the even-odd rule.
enum PolygonFill {
  /// Calls `fill` with each row and the columns in it whose centres are inside. A centre on an edge belongs to the polygon that lies to
  /// the right of or below it, so that two polygons with a common edge share no pixel.
  static func fill(_ polygons: [[SIMD2<Double>]], width: Int, height: Int, fill: (Int, Range<Int>) -> Void) {
    let ys = polygons.joined().map { $0.y }
    guard let top = ys.min(), let bottom = ys.max(), bottom >= 0, top <= Double(height - 1) else { return }
    let first = Int(max(top, 0).rounded(.up))
    let last = Int(min(bottom, Double(height - 1)).rounded(.down))
    guard first <= last else { return }
    for j in first...last {
      let edges = polygons.flatMap { crossings($0, y: Double(j)) }.sorted()
      for pair in stride(from: 0, to: edges.count - 1, by: 2) {
        let left = max(0, min(Double(width), edges[pair])).rounded(.up)
        let right = max(0, min(Double(width), edges[pair + 1])).rounded(.up)
        if left < right { fill(j, Int(left)..<Int(right)) }
      }
    }
  }

  /// Where the polygon's edges cross a row. An edge gives the same number in either direction, so that the two sides of a keyhole's
  /// channel cancel.
  private static func crossings(_ polygon: [SIMD2<Double>], y: Double) -> [Double] {
    var result: [Double] = []
    var previous = polygon[polygon.count - 1]
    for point in polygon {
      if (previous.y <= y) != (point.y <= y) {
        let (low, high) = previous.y < point.y ? (previous, point) : (point, previous)
        result.append(low.x + (y - low.y) / (high.y - low.y) * (high.x - low.x))
      }
      previous = point
    }
    return result
  }
}
