internal import CDCMTK

/// How a file's pixels are stored (PS3.3 C.7.6.3).
public struct PixelDescription: Sendable, Hashable {
  /// Rows (0028,0010): height of a frame.
  public let rows: Int
  /// Columns (0028,0011): width of a frame.
  public let columns: Int
  /// SamplesPerPixel (0028,0002): 1 for grey, 3 for colour.
  public let samplesPerPixel: Int
  /// PhotometricInterpretation (0028,0004).
  public let photometricInterpretation: String
  /// BitsAllocated (0028,0100).
  public let bitsAllocated: Int
  /// BitsStored (0028,0101).
  public let bitsStored: Int
  /// HighBit (0028,0102).
  public let highBit: Int
  /// PixelRepresentation (0028,0103) is 1: two's complement of `bitsStored` bits.
  public let isSigned: Bool
  /// NumberOfFrames (0028,0008), 1 when absent.
  public let numberOfFrames: Int
  /// PixelPaddingValue (0028,0120): a stored value that marks pixels without meaning. Kept in volumes as it is.
  public let pixelPaddingValue: Int?
  /// Whether the file has a PixelData (7FE0,0010) element.
  public let hasPixelData: Bool
  /// Whether the pixels are compressed.
  public let isEncapsulated: Bool
  /// Whether the file ends before its native pixel data do.
  public let isTruncated: Bool
  /// Whether the native pixels can be copied from the file at `offset`.
  let isDirect: Bool
  let offset: Int
  let length: Int

  /// Bytes of one decoded frame with `bitsAllocated` bits a sample, or nil when the numbers are absurd (absent, zero, beyond
  /// what 16-bit attributes can say, or too large to multiply).
  var frameBytes: Int? {
    guard (1...65535).contains(rows), (1...65535).contains(columns), (1...4).contains(samplesPerPixel),
      bitsAllocated > 0, bitsAllocated % 8 == 0, bitsAllocated <= 64
    else { return nil }
    return rows * columns * samplesPerPixel * (bitsAllocated / 8)
  }

  init?(_ root: DataItem, layout: vigil_pixels) {
    guard let rows = root.int(.rows), let columns = root.int(.columns) else { return nil }
    self.rows = rows
    self.columns = columns
    samplesPerPixel = root.int(.samplesPerPixel) ?? 1
    photometricInterpretation = root.text(.photometricInterpretation) ?? ""
    bitsAllocated = root.int(.bitsAllocated) ?? 0
    bitsStored = root.int(.bitsStored) ?? bitsAllocated
    highBit = root.int(.highBit) ?? bitsStored - 1
    isSigned = root.int(.pixelRepresentation) == 1
    numberOfFrames = root.int(.numberOfFrames) ?? 1
    pixelPaddingValue = root.int(.pixelPaddingValue)
    hasPixelData = layout.present
    isEncapsulated = layout.encapsulated
    isTruncated = layout.truncated
    isDirect = layout.direct
    offset = Int(clamping: layout.offset)
    length = Int(clamping: layout.length)
  }
}
