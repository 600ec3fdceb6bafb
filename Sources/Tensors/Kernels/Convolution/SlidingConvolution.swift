internal import CKernels

/// Convolutions of large maps in the memory of their source, layer of tiles by layer of tiles (`SlidingRoom`). The map that a decoder
/// puts beside a skip is made as far as each layer reads it, and never exists as a whole.
extension Convolution {
  /// Whether a src of `extent` is convolved in place on `workspace`: its size alone says so.
  public func slides(_ extent: [Int], in workspace: Workspace) -> Bool {
    slides(extent, largeMap: workspace.largeMap)
  }

  /// The same for maps that are large from `largeMap` floats on.
  package func slides(_ extent: [Int], largeMap: Int) -> Bool {
    guard case .winograd = ConvolutionAlgorithm.choose(shape, extent: extent) else { return false }
    return SlidingRoom.slices(extent, shape.outputLayout, largeMap: largeMap) > 0
  }

  /// Whether dst can take the place of src: large, with room, and a voxel as wide.
  public func replaces(_ src: FeatureMap, in workspace: Workspace) -> Bool {
    src.room > 0 && src.voxelStride == shape.outputLayout.paddedChannels && slides(src.extent, in: workspace)
  }

  /// dst in the memory of src, which is used up.
  public func slide(_ src: FeatureMap, in workspace: Workspace) -> (dst: FeatureMap, sums: ChannelSums) {
    precondition(src.layout == shape.sourceLayout, "shapes fit")
    return slide(src, beside: nil, in: workspace)
  }

  /// The same for a concatenation of `below`, upsampled, and `skip`, whose memory is used.
  public func slide(
    _ skip: FeatureMap, beside upsampling: TransposedConvolution, of below: FeatureMap, in workspace: Workspace
  ) -> (dst: FeatureMap, sums: ChannelSums) {
    precondition(
      shape.sourceLayout.groups == upsampling.outputLayout.groups + skip.layout.groups
        && skip.extent == upsampling.outputExtent(below.extent), "shapes fit")
    return slide(skip, beside: (upsampling, below), in: workspace)
  }

  private func slide(
    _ src: FeatureMap, beside other: (TransposedConvolution, FeatureMap)?, in workspace: Workspace
  ) -> (dst: FeatureMap, sums: ChannelSums) {
    let algorithm = ConvolutionAlgorithm.choose(shape, extent: src.extent)
    guard let winograd = prepared(algorithm) as? WinogradConvolution else {
      preconditionFailure("asked before whether it slides")
    }
    return workspace.timing(shape, src.extent, algorithm) { winograd.slide(src, beside: other, in: workspace) }
  }
}

extension WinogradConvolution {
  fileprivate func slide(
    _ src: FeatureMap, beside other: (TransposedConvolution, FeatureMap)?, in workspace: Workspace
  ) -> (dst: FeatureMap, sums: ChannelSums) {
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: src.extent, sliding: true)
    let dst = src.slid(shape.outputLayout)
    let sums = TaskSums(tasks: blocks.strips, channels: shape.outputLayout.paddedChannels)
    let weights = weights.all(shape, tile)
    var plan = blocks.plan(weights: weights.pointer)
    var upsampled = other.map {
      UpsampledSlices($0.0, of: $0.1, most: blocks.slices(readBy: blocks.layers / 2).count, in: workspace)
    }
    var sources = [src.withSource { $0 }]
    if let upsampled { sources.insert(upsampled.source, at: 0) }
    plan.sources = sources.count
    let kernels = workspace.kernels
    for index in 0..<blocks.layers {
      // Towards the room: what is written must have been read.
      let layer = src.hasSlid ? index : blocks.layers - 1 - index
      upsampled?.make(blocks.slices(readBy: layer), in: workspace)
      withUnsafePointer(to: plan) { plan in
        workspace.run(blocks.stripsPerLayer, scratch: blocks.scratchFloats) { strip, scratch in
          let task = layer * blocks.stripsPerLayer + strip
          let tiles = blocks.strip(task)
          let (sum, squares) = sums.slots(task)
          kernels.winograd(
            sources, plan, tiles.lowerBound, tiles.count, scratch, dst.base, dst.voxelStride, sum, squares)
        }
      }
    }
    withExtendedLifetime((src, weights, upsampled)) {}
    return (dst, sums.total(voxels: dst.voxels))
  }
}

/// The slices of an upsampled map that are in use, in a ring.
private struct UpsampledSlices {
  private let upsampling: TransposedConvolution
  private let below: FeatureMap
  private let ring: FeatureMap
  // Slices of `below` that have been upsampled and not yet been written over.
  private var made = 0..<0

  /// For readers of at most `most` slices in a row.
  init(_ upsampling: TransposedConvolution, of below: FeatureMap, most: Int, in workspace: Workspace) {
    self.upsampling = upsampling
    self.below = below
    let extent = upsampling.outputExtent(below.extent)
    let step = upsampling.kernel[0]
    let slices = min(extent[0], ((most - 1) / step + 2) * step)
    ring = workspace.map(extent: [slices] + extent[1...], layout: upsampling.outputLayout)
  }

  /// What Winograd's transform reads; valid while this lives.
  var source: vigil_source {
    var source = ring.withSource { $0 }
    source.depth = upsampling.outputExtent(below.extent)[0]
    source.ring = ring.extent[0]
    return source
  }

  /// Makes those of `slices` that are not there.
  mutating func make(_ slices: Range<Int>, in workspace: Workspace) {
    let step = upsampling.kernel[0]
    let needed = slices.lowerBound / step..<(slices.upperBound - 1) / step + 1
    let kept = needed.clamped(to: made)
    if kept.isEmpty {
      upsampling(below, slices: needed, into: ring, in: workspace)
    } else {
      for new in [needed.lowerBound..<kept.lowerBound, kept.upperBound..<needed.upperBound] where !new.isEmpty {
        upsampling(below, slices: new, into: ring, in: workspace)
      }
    }
    made = needed
  }
}
