public import Foundation

/// NIfTI-1 and NIfTI-2 in one file (`.nii`, `.nii.gz`), read and written.
///
/// Axes keep the order of the file: `i` is NIfTI's first axis, so an array `[D, H, W]` here is what ITK and nnU-Net see.
/// NIfTI's frame (RAS) becomes LPS; lengths become millimetres. Stored numbers become `scl_slope * stored + scl_inter`.
/// Whether a file is compressed is told by its first bytes when reading, by its name when writing.
public enum NIfTI {
  /// Reads one volume. An image of two axes has depth 1; axes beyond the third must have length 1. NaN is kept.
  public static func read(_ file: URL, limits: NIfTILimits = .standard) throws(NIfTIError) -> Volume {
    try volume(from: bytes(of: file, limits), name: file.path, limits: limits)
  }

  /// Reads one volume of labels: every voxel, after scaling, a whole number in 0...65535, however it is stored.
  public static func readLabels(_ file: URL, limits: NIfTILimits = .standard) throws(NIfTIError) -> LabelMap {
    try labels(from: bytes(of: file, limits), name: file.path, limits: limits)
  }

  /// Reads the volumes along the fourth and later axes as channels on one grid (as the Medical Segmentation Decathlon
  /// stores them), slowest axis last.
  public static func readChannels(_ file: URL, limits: NIfTILimits = .standard) throws(NIfTIError) -> [Volume] {
    let stored = try StoredNIfTI(bytes(of: file, limits), name: file.path, limits: limits)
    return (0..<stored.header.channels).map { channel in
      Volume(geometry: stored.geometry, voxels: stored.floats(channel: channel))
    }
  }

  /// The volume that `bytes` (a whole file, compressed or not) hold; `name` is for errors.
  public static func volume(
    from bytes: [UInt8], name: String, limits: NIfTILimits = .standard
  ) throws(NIfTIError) -> Volume {
    let stored = try StoredNIfTI(bytes, name: name, limits: limits)
    try stored.requireOneChannel()
    return Volume(geometry: stored.geometry, voxels: stored.floats(channel: 0))
  }

  /// The labels that `bytes` (a whole file, compressed or not) hold; `name` is for errors.
  public static func labels(
    from bytes: [UInt8], name: String, limits: NIfTILimits = .standard
  ) throws(NIfTIError) -> LabelMap {
    let stored = try StoredNIfTI(bytes, name: name, limits: limits)
    try stored.requireOneChannel()
    return LabelMap(geometry: stored.geometry, voxels: try stored.labels())
  }

  private static func bytes(of file: URL, _ limits: NIfTILimits) throws(NIfTIError) -> [UInt8] {
    do throws(WholeFile.Failure) {
      return try WholeFile.read(file.path, limit: limits.bytes)
    } catch {
      throw NIfTIError(error.tooLarge ? .tooLarge : .system, file.path, error.detail)
    }
  }
}

/// A file's bytes, expanded, with a header that fits them.
struct StoredNIfTI {
  let header: NIfTIHeader
  let geometry: Geometry
  let bytes: [UInt8]
  let name: String

  init(_ source: [UInt8], name: String, limits: NIfTILimits) throws(NIfTIError) {
    bytes = try Self.expanded(source, name: name, limits: limits)
    self.name = name
    header = try NIfTIHeader(bytes, file: name)
    let voxels = header.voxels * header.channels
    guard voxels <= limits.voxels else {
      throw NIfTIError(.tooLarge, name, "\(voxels) voxels, more than the \(limits.voxels) allowed")
    }
    let end = header.offset.addingReportingOverflow(voxels * header.datatype.size)
    guard !end.overflow, end.partialValue <= bytes.count else {
      throw NIfTIError(
        .damaged, name,
        "cut off: \(header.size + [header.channels]) voxels from byte \(header.offset) on need more than the "
          + "\(bytes.count) bytes there are")
    }
    geometry = try header.geometry(file: name)
  }

  func requireOneChannel() throws(NIfTIError) {
    guard header.channels == 1 else {
      throw NIfTIError(
        .unsupported, name, "\(header.channels) volumes along its fourth and later axes; one is read here")
    }
  }

  private static func expanded(_ source: [UInt8], name: String, limits: NIfTILimits) throws(NIfTIError) -> [UInt8] {
    guard Gzip.isCompressed(source) else { return source }
    do throws(Gzip.Failure) {
      return try Gzip.expanded(source, limit: limits.bytes)
    } catch {
      switch error {
      case .tooLarge(let limit): throw NIfTIError(.tooLarge, name, "it expands to more than \(limit) bytes")
      case .damaged(let detail): throw NIfTIError(.damaged, name, detail)
      }
    }
  }
}
