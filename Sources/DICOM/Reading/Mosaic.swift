/// A Siemens mosaic: the slices of a volume as tiles of one large image (ImageType value MOSAIC).
struct Mosaic: Sendable, Hashable {
  /// How many slices; nil when neither the private attribute (0019,100A) nor the CSA header says so.
  let slices: Int?

  init?(_ root: DataItem, imageType: [String]) {
    guard imageType.contains("MOSAIC") else { return nil }
    slices = root.int(0x0019_100A) ?? root.numberText(0x0019_100A).flatMap(Int.init)
  }
}
