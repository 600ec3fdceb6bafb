internal import CKernels

/// Activations within a network, channels-last: `[D, H, W, C]`, C fastest and padded (see `ChannelLayout`), with
/// the pointwise part its reader still has to apply. A part of a concatenation is a view of every voxel's slice.
///
/// Belongs to one `Workspace`, whose memory it gives back when the last view goes; not for sharing between tasks.
public struct FeatureMap {
  /// `[D, H, W]`.
  public let extent: [Int]
  /// The channels of this view.
  public let layout: ChannelLayout
  /// What the reader applies; nil is nothing.
  public var pointwise: Pointwise?
  /// Floats from one voxel to the next.
  let voxelStride: Int
  private let offset: Int
  private let lease: MemoryLease

  init(extent: [Int], layout: ChannelLayout, lease: MemoryLease) {
    self.init(extent: extent, layout: layout, voxelStride: layout.paddedChannels, offset: 0, lease: lease)
  }

  private init(extent: [Int], layout: ChannelLayout, voxelStride: Int, offset: Int, lease: MemoryLease) {
    self.extent = extent
    self.layout = layout
    self.voxelStride = voxelStride
    self.offset = offset
    self.lease = lease
  }

  /// Voxels, `D * H * W`.
  public var voxels: Int { extent.reduce(1, *) }

  /// Whether it is a part of a concatenation.
  package var isPart: Bool { voxelStride != layout.paddedChannels }

  /// Sets every voxel to zero.
  package func clear() {
    for voxel in 0..<voxels { (base + voxel * voxelStride).update(repeating: 0, count: layout.paddedChannels) }
  }

  /// One group of the layout as a map of its own in the same memory, without a pointwise part.
  public func group(_ index: Int) -> FeatureMap {
    let before = ChannelLayout(groups: Array(layout.groups[..<index])).paddedChannels
    return FeatureMap(
      extent: extent, layout: ChannelLayout(groups: [layout.groups[index]]), voxelStride: voxelStride,
      offset: offset + before, lease: lease)
  }

  /// The first float of the first voxel. Valid while the map lives.
  var base: UnsafeMutablePointer<Float> { lease.buffer.pointer + offset }

  /// Maps as the C kernels read them, one after the other, valid during `body`.
  static func withSources(_ maps: [FeatureMap], _ body: (UnsafePointer<vigil_source>) -> Void) {
    let sources = maps.map { $0.withSource { $0 } }
    withExtendedLifetime(maps) {
      sources.withUnsafeBufferPointer { sources in
        if let base = sources.baseAddress { body(base) }
      }
    }
  }

  /// The map as the C kernels read it, valid during `body`.
  func withSource<R>(_ body: (inout vigil_source) -> R) -> R {
    var part = vigil_pointwise()
    if let pointwise {
      part = vigil_pointwise(scale: pointwise.scale, shift: pointwise.shift, slope: pointwise.slope)
    }
    var source = vigil_source(
      data: base, depth: extent[0], height: extent[1], width: extent[2], channels: layout.paddedChannels,
      voxel_stride: voxelStride, pointwise: part)
    return withExtendedLifetime(self) { body(&source) }
  }
}
