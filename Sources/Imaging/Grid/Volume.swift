/// A scalar image on a grid: Hounsfield units, PET units or arbitrary MR units, after the rescale that DICOM or NIfTI names.
public struct Volume: Sendable, Equatable {
  /// Where the voxels lie.
  public let geometry: Geometry
  /// `[D, H, W]`, row-major: voxel `(i, j, k)` is at `(k * height + j) * width + i`.
  public var voxels: [Float]

  /// `voxels.count` must equal `geometry.count`.
  public init(geometry: Geometry, voxels: [Float]) {
    precondition(voxels.count == geometry.count, "a volume has one value for each voxel of its grid")
    self.geometry = geometry
    self.voxels = voxels
  }
}

/// Whole-number labels on a grid; 0 is background.
public struct LabelMap: Sendable, Equatable {
  /// Where the voxels lie.
  public let geometry: Geometry
  /// `[D, H, W]`, row-major, as in ``Volume/voxels``.
  public var voxels: [UInt16]

  /// `voxels.count` must equal `geometry.count`.
  public init(geometry: Geometry, voxels: [UInt16]) {
    precondition(voxels.count == geometry.count, "a label map has one value for each voxel of its grid")
    self.geometry = geometry
    self.voxels = voxels
  }
}
