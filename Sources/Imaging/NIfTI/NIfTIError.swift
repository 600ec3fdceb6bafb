/// A NIfTI file that could not be read or written, and why.
public struct NIfTIError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The sort of failure.
  public enum Kind: String, Sendable {
    /// The system would not open, read or write the file.
    case system
    /// More bytes or voxels than the limits allow.
    case tooLarge
    /// Cut off, a failed checksum, or a header that contradicts itself.
    case damaged
    /// No NIfTI header where one should be.
    case notNIfTI
    /// Valid NIfTI of a kind that this reader does not take (complex numbers, colours, two-file pairs, several volumes).
    case unsupported
    /// Asked for labels, and a voxel is not a whole number in 0...65535.
    case notLabels
  }

  /// The sort of failure.
  public let kind: Kind
  /// The file, or the name given with the bytes.
  public let file: String
  /// What was expected and what was found.
  public let detail: String

  /// The file and the detail in one line.
  public var description: String { "\(file): \(detail)" }

  init(_ kind: Kind, _ file: String, _ detail: String) {
    self.kind = kind
    self.file = file
    self.detail = detail
  }
}

/// What a reader may take in; each is checked before memory is asked for.
public struct NIfTILimits: Sendable {
  /// The most voxels, over all channels.
  public var voxels: Int
  /// The most bytes of the file, and of what it expands to.
  public var bytes: Int

  /// Limits of one's own.
  public init(voxels: Int, bytes: Int) {
    self.voxels = voxels
    self.bytes = bytes
  }

  /// 2^30 voxels (1024 cubed: no clinical scanner makes more) and 4 GiB (what that many need as Float).
  public static let standard = NIfTILimits(voxels: 1 << 30, bytes: 1 << 32)
}
