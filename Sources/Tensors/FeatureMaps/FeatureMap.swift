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
  /// Slices that its memory has room for beyond its own: behind them, or before them once it has slid.
  let room: Int
  private let offset: Int
  private let lease: MemoryLease

  init(extent: [Int], layout: ChannelLayout, room: Int, lease: MemoryLease) {
    self.init(extent: extent, layout: layout, voxelStride: layout.paddedChannels, room: room, offset: 0, lease: lease)
  }

  private init(extent: [Int], layout: ChannelLayout, voxelStride: Int, room: Int, offset: Int, lease: MemoryLease) {
    self.extent = extent
    self.layout = layout
    self.voxelStride = voxelStride
    self.room = room
    self.offset = offset
    self.lease = lease
  }

  /// Whether it lies behind the room, and not before it.
  var hasSlid: Bool { offset > 0 }

  /// A map of `layout`, as wide as this one's, in the same memory: before the room if this one lies behind it, else behind.
  func slid(_ layout: ChannelLayout) -> FeatureMap {
    precondition(room > 0 && layout.paddedChannels == voxelStride, "room to slide, and a voxel as wide")
    return FeatureMap(
      extent: extent, layout: layout, voxelStride: voxelStride, room: room,
      offset: hasSlid ? 0 : room * extent[1] * extent[2] * voxelStride, lease: lease)
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
      extent: extent, layout: ChannelLayout(groups: [layout.groups[index]]), voxelStride: voxelStride, room: 0,
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
      voxel_stride: voxelStride, pointwise: part, ring: 0)
    return withExtendedLifetime(self) { body(&source) }
  }
}
