internal import CKernels
internal import COpenBLAS

/// Winograd's minimal filtering (Lavin, Gray 2016, "Fast algorithms for convolutional neural networks") in up to three dimensions:
/// transform tiles of src, multiply point by point, transform back. Tiles go in blocks that stay in the cache.
struct WinogradConvolution: PreparedConvolution {
  private let shape: ConvolutionShape
  private let tile: [Int]
  private let points: Int
  private let weights: AlignedBuffer

  /// `former`, of the same shape and not used any more, gives its memory.
  init(_ weights: Tensor, _ shape: ConvolutionShape, tile: [Int], reusing former: (any PreparedConvolution)? = nil) {
    OpenBLAS.load()
    self.shape = shape
    self.tile = tile
    points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    let former = (former as? WinogradConvolution).flatMap { $0.tile == tile && $0.shape == shape ? $0.weights : nil }
    self.weights = former ?? Self.cleared(shape, points)
    transform(weights)
  }

  // [point][padded C of src][padded C of dst], 0 where no channel is.
  private static func cleared(_ shape: ConvolutionShape, _ points: Int) -> AlignedBuffer {
    let (source, result) = (shape.sourceLayout, shape.outputLayout)
    let buffer = AlignedBuffer(count: points * source.paddedChannels * result.paddedChannels)
    if source.channels < source.paddedChannels || result.channels < result.paddedChannels {
      buffer.pointer.update(repeating: 0, count: buffer.count)
    }
    return buffer
  }

  private func transform(_ source: Tensor) {
    let inputs = shape.sourceLayout.paddedChannels
    let outputs = shape.outputLayout.paddedChannels
    let lanes = Int(VIGIL_LANES)
    let taps = shape.taps
    let positions = shape.sourceLayout.positions
    let kernels = InstructionSet.available[0].kernels
    let kernel = AlignedBuffer(count: taps * lanes)
    let size = [tile[0], tile[1], tile[2]]
    source.elements.withUnsafeBufferPointer { source in
      for first in stride(from: 0, to: shape.outputChannels, by: lanes) {
        for (i, position) in positions.enumerated() {
          for lane in 0..<lanes {
            let at = ((first + lane) * positions.count + i) * taps
            for tap in 0..<taps {
              kernel.pointer[tap * lanes + lane] = first + lane < shape.outputChannels ? source[at + tap] : 0
            }
          }
          kernels.winograd_weights(
            kernel.pointer, size, weights.pointer + position * outputs + first, inputs * outputs)
        }
      }
    }
  }

  /// Bytes of the transform of a whole map of `extent`, where it is made whole.
  static func transformBytes(_ shape: ConvolutionShape, tile: [Int], extent: [Int]) -> Int {
    let points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: extent)
    return blocks.isWhole ? blocks.wholeFloats * MemoryLayout<Float>.stride : 0
  }

  func run(_ src: [FeatureMap], into dst: [FeatureMap], in workspace: Workspace) -> [ChannelSums] {
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: src[0].extent)
    guard blocks.isWhole else { return runStrips(src, into: dst, blocks, in: workspace) }
    guard src.count > 1 else { return runWhole(src[0], dst[0], blocks, workspace) }
    return WinogradBatch(shape, tile: tile, points: points, weights: weights).run(src, into: dst, in: workspace)
  }

  // Each task transforms, multiplies and transforms back a strip of tiles.
  private func runStrips(
    _ src: [FeatureMap], into dst: [FeatureMap], _ blocks: WinogradBlocks, in workspace: Workspace
  ) -> [ChannelSums] {
    let tasks = src.count * blocks.strips
    let sums = TaskSums(tasks: tasks, channels: shape.outputLayout.paddedChannels)
    let kernels = workspace.kernels
    let plan = blocks.plan(weights: weights)
    FeatureMap.withSources(src) { sources in
      withUnsafePointer(to: plan) { plan in
        workspace.run(tasks, scratch: blocks.scratchFloats) { task, scratch in
          let tiles = blocks.strip(task % blocks.strips)
          let dst = dst[task / blocks.strips]
          let (sum, squares) = sums.slots(task)
          kernels.winograd(
            sources + task / blocks.strips, plan, tiles.lowerBound, tiles.count, scratch, dst.base, dst.voxelStride,
            sum, squares)
        }
      }
    }
    return sums.totals(maps: src.count, voxels: dst[0].voxels)
  }

  // All tiles are transformed first; then each task multiplies them with some channels' weights, which are read once.
  private func runWhole(
    _ src: FeatureMap, _ dst: FeatureMap, _ blocks: WinogradBlocks, _ workspace: Workspace
  ) -> [ChannelSums] {
    let channels = shape.outputLayout.paddedChannels
    let sums = TaskSums(tasks: 1, channels: channels)
    let (sum, squares) = sums.slots(0)
    let kernels = workspace.kernels
    let plan = blocks.plan(weights: weights)
    let transformed = workspace.transformed(blocks.wholeFloats).pointer
    let inputs = shape.sourceLayout.paddedChannels
    let width = blocks.channelsAtOnce
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: plan) { plan in
          workspace.run(blocks.strips, scratch: 0) { task, _ in
            let tiles = blocks.strip(task)
            kernels.winograd_source(
              source, plan, tiles.lowerBound, tiles.count, transformed + tiles.lowerBound * inputs)
          }
          workspace.run((channels + width - 1) / width, scratch: points * plan.pointee.result_point_stride) {
            task, scratch in
            let first = task * width
            kernels.winograd_result(
              transformed, source, plan, 0, blocks.tiles, first, min(width, channels - first), scratch, dst.base,
              dst.voxelStride, sum, squares)
          }
        }
      }
    }
    return sums.totals(maps: 1, voxels: dst.voxels)
  }
}
