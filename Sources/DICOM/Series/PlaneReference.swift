internal import Imaging

/// One frame of one file, and where it lies.
struct PlaneReference: Sendable {
  /// Index into the series' headers.
  let file: Int
  /// Index into the file's frames, from 0.
  let frame: Int
  let sopInstanceUID: String
  let instanceNumber: Int
  var position: SIMD3<Double>
  let orientation: ImageOrientation
  let pixelSpacing: SIMD2<Double>
  var rows: Int
  var columns: Int
  /// Where the plane lies in a mosaic's sheet; nil for a frame of its own.
  var tile: Tile?
  let frameOfReferenceUID: String
  let slope: Double
  let intercept: Double
  let thickness: (value: Double, keyword: String)?
  let distinctions: [Distinction: String]

  /// The upper left pixel of a mosaic's tile in its sheet.
  struct Tile: Sendable, Hashable {
    let row: Int
    let column: Int
  }

  /// The tile and its size, for a plane that is part of a frame.
  var place: (place: Tile, rows: Int, columns: Int)? { tile.map { ($0, rows, columns) } }

  /// The same, but for a tile of it.
  func tile(_ tile: Tile, rows: Int, columns: Int, position: SIMD3<Double>) -> PlaneReference {
    var plane = self
    plane.tile = tile
    plane.rows = rows
    plane.columns = columns
    plane.position = position
    return plane
  }

  /// Each frame of a header that passed ``Screening``.
  static func planes(of header: DICOMHeader, file: Int) -> [PlaneReference] {
    guard let pixels = header.pixels else { return [] }
    return header.frames.enumerated().flatMap { index, frame -> [PlaneReference] in
      guard let position = frame.imagePositionPatient, let orientation = frame.imageOrientationPatient,
        let spacing = frame.pixelSpacing
      else { return [] }
      let plane = PlaneReference(
        file: file, frame: index, sopInstanceUID: header.sopInstanceUID,
        instanceNumber: header.instanceNumber ?? 0, position: position, orientation: orientation,
        pixelSpacing: spacing, rows: pixels.rows, columns: pixels.columns,
        frameOfReferenceUID: header.frameOfReferenceUID, slope: frame.rescaleSlope,
        intercept: frame.rescaleIntercept, thickness: thickness(frame), distinctions: frame.distinctions)
      return header.mosaic?.planes(plane) ?? [plane]
    }
  }

  private static func thickness(_ frame: FrameHeader) -> (Double, String)? {
    if let value = frame.spacingBetweenSlices, GeometryTolerance.distances.contains(value) {
      return (value, "SpacingBetweenSlices")
    }
    if let value = frame.sliceThickness, GeometryTolerance.distances.contains(value) {
      return (value, "SliceThickness")
    }
    return nil
  }

  /// Whether the two can be slices of one volume.
  func isParallel(to other: PlaneReference) -> Bool {
    guard rows == other.rows, columns == other.columns, frameOfReferenceUID == other.frameOfReferenceUID else {
      return false
    }
    let relative = (pixelSpacing - other.pixelSpacing) / pixelSpacing
    guard abs(relative.x) <= GeometryTolerance.pixelSpacing, abs(relative.y) <= GeometryTolerance.pixelSpacing else {
      return false
    }
    return orientation.distance(to: other.orientation) <= GeometryTolerance.cosine
  }

  /// What ``isParallel(to:)`` compares, in words; cosines to three decimals, their tolerance.
  var geometryWords: [Distinction: String] {
    let (row, column) = (orientation.row, orientation.column)
    let cosines = [row.x, row.y, row.z, column.x, column.y, column.z].map { cosine in
      "\((cosine * 1000).rounded() / 1000 + 0)"
    }
    return [
      .frameOfReferenceUID: frameOfReferenceUID, .imageOrientation: cosines.joined(separator: "\\"), .rows: "\(rows)",
      .columns: "\(columns)", .pixelSpacing: "\(pixelSpacing.x)\\\(pixelSpacing.y)",
    ]
  }

  /// How the plane is named in findings: its instance, and its frame where there are several.
  var name: String {
    sopInstanceUID.isEmpty ? "file \(file + 1)" : frame > 0 ? "\(sopInstanceUID) frame \(frame + 1)" : sopInstanceUID
  }
}
