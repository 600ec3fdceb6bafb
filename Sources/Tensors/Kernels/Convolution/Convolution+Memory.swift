extension Convolution {
  /// Bytes of the weights, and of what is kept of their transform for srcs of `extent`.
  public func bytes(extent: [Int], largeMap: Int = Workspace.largeMap) -> Int {
    let stored = shape.taps * shape.sourceLayout.channels * shape.outputChannels * MemoryLayout<Float>.stride
    switch ConvolutionAlgorithm.choose(shape, extent: extent) {
    case .rows:
      let ordered = shape.taps * shape.sourceLayout.paddedChannels * shape.outputLayout.paddedChannels
      return (keepsStoredOrder ? stored : 0) + ordered * MemoryLayout<Float>.stride
    case .winograd(let tile):
      return stored
        + WinogradConvolution.keptBytes(
          shape, tile: tile, extent: extent, sliding: slides(extent, largeMap: largeMap))
    }
  }

  /// Bytes of working memory for a src of `extent`: shared by the threads, and of each.
  public func workingBytes(
    extent: [Int], largeMap: Int = Workspace.largeMap
  ) -> (shared: Int, perThread: Int) {
    switch ConvolutionAlgorithm.choose(shape, extent: extent) {
    case .rows:
      let blocks = RowBlocks(shape, voxels: shape.outputExtent(extent).reduce(1, *))
      return (0, blocks.scratchFloats * MemoryLayout<Float>.stride)
    case .winograd(let tile):
      return WinogradConvolution.workingBytes(
        shape, tile: tile, extent: extent, sliding: slides(extent, largeMap: largeMap))
    }
  }
}

extension WinogradConvolution {
  /// Bytes that a src of `extent` leaves behind: the transformed weights, where they are kept.
  static func keptBytes(_ shape: ConvolutionShape, tile: [Int], extent: [Int], sliding: Bool) -> Int {
    let points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: extent, sliding: sliding)
    let floats = floats(shape, points)
    return blocks.isWhole && !keeps(floats, points) ? 0 : floats * MemoryLayout<Float>.stride
  }

  /// Bytes of working memory for a src of `extent`: shared by the threads, and of each.
  static func workingBytes(
    _ shape: ConvolutionShape, tile: [Int], extent: [Int], sliding: Bool
  ) -> (shared: Int, perThread: Int) {
    let points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: extent, sliding: sliding)
    let stride = MemoryLayout<Float>.stride
    guard blocks.isWhole else { return (0, blocks.scratchFloats * stride) }
    let own = keeps(floats(shape, points), points) ? 0 : blocks.weightFloatsAtOnce
    return (blocks.wholeFloats * stride, (blocks.productFloats + own) * stride)
  }
}

/// Bytes of activations at one resolution of a network: what the store of a workspace holds for it, in use or between two uses.
public struct StageBytes: Sendable, Equatable {
  /// What the decoder waits for: a map with room to slide, or a concatenation.
  public let skip: Int
  /// One more map.
  public let map: Int
  /// Whether convolutions work in place there.
  public let isLarge: Bool
  /// The slices of an upsampled map that are made at a time, where they do.
  public let slices: Int

  /// For maps of `extent` and `layout`.
  public init(_ extent: [Int], _ layout: ChannelLayout, largeMap: Int) {
    let room = SlidingRoom.slices(extent, layout, largeMap: largeMap)
    let slice = extent[1] * extent[2] * layout.paddedChannels * MemoryLayout<Float>.stride
    isLarge = room > 0
    map = (extent[0] + room) * slice
    skip = isLarge ? map : 2 * map
    // A layer, what the kernel reaches beyond it, and the whole blocks of a transposed convolution around both.
    slices = isLarge ? (room + 1 + 4) * slice : 0
  }
}
