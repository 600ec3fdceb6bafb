internal import CDCMTK

/// What one file and one series may cost. Checked before anything of that size is allocated.
public struct DICOMLimits: Sendable, Hashable {
  /// Bytes of one file. A larger one is refused.
  public var fileBytes: UInt64 = 8 << 30
  /// Bytes before the pixel data; an enhanced multi-frame file has about 1 KiB for each frame.
  public var headerBytes: UInt64 = 128 << 20
  /// Elements and sequence items before the pixel data.
  public var elements: UInt64 = 4_000_000
  /// Elements directly in the data set or in one sequence item. The standard knows about 5000 attributes.
  public var elementsPerItem: UInt64 = 16_384
  /// Levels of nested sequences. DICOM's deepest IODs use fewer than 10.
  public var depth: UInt32 = 32
  /// Bytes of a deflated data set after inflating.
  public var inflatedBytes: UInt64 = 4 << 30
  /// Voxels of all volumes made from one series together; 4 bytes each.
  public var voxels: Int = 2 << 30

  /// The defaults: generous for hospital data, far below what exhausts a machine.
  public init() {}

  var shim: vigil_limits {
    vigil_limits(
      header_bytes: headerBytes, elements: elements, item_elements: elementsPerItem, depth: depth,
      inflated_bytes: inflatedBytes)
  }
}
