internal import Imaging

/// A Siemens mosaic (ImageType value MOSAIC): the slices of a volume as tiles of one large image, row by row from the upper left, in a
/// square of `tiles` by `tiles`.
struct Mosaic: Sendable, Hashable {
  /// How many slices; nil when neither the private attribute (0019,100A) nor the CSA header says so.
  let slices: Int?
  /// The direction from slice to slice, LPS; nil when the CSA header does not say.
  let normal: SIMD3<Double>?

  init?(_ root: DataItem, imageType: [String]) {
    guard imageType.contains("MOSAIC") else { return nil }
    let header = CSAHeader(root.bytes(0x0029_1010))
    let counted = header?.doubles(of: "NumberOfImagesInMosaic")?.first.flatMap { Int(exactly: $0) }
    slices = root.int(0x0019_100A) ?? root.numberText(0x0019_100A).flatMap { Int($0) } ?? counted
    let vector = SIMD3(values: header?.doubles(of: "SliceNormalVector"))
    normal = vector.flatMap { abs($0.length - 1) < GeometryTolerance.orthonormal ? $0 : nil }
  }

  /// Tiles along a side: the smallest square that holds the slices.
  var tiles: Int? {
    guard let slices, (1...4096).contains(slices) else { return nil }
    return (1...64).first { $0 * $0 >= slices }
  }

  /// The slices of a mosaic image as planes. ImagePositionPatient is the corner that an image of the sheet's size would have around the
  /// slice's centre, so that the corner of the slice lies half the difference further in.
  func planes(_ sheet: PlaneReference) -> [PlaneReference] {
    guard let slices, let tiles, let step = sheet.thickness?.value else { return [] }
    let rows = sheet.rows / tiles
    let columns = sheet.columns / tiles
    let right = sheet.orientation.row * (sheet.pixelSpacing.y * Double(sheet.columns - columns) / 2)
    let down = sheet.orientation.column * (sheet.pixelSpacing.x * Double(sheet.rows - rows) / 2)
    let along = (normal ?? sheet.orientation.normal) * step
    return (0..<slices).map { slice in
      sheet.tile(
        .init(row: slice / tiles * rows, column: slice % tiles * columns), rows: rows, columns: columns,
        position: sheet.position + right + down + along * Double(slice))
    }
  }
}
