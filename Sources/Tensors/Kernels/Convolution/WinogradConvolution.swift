internal import CKernels
internal import COpenBLAS

/// Winograd's minimal filtering (Lavin, Gray 2016, "Fast algorithms for convolutional neural networks") in up to three dimensions:
/// transform tiles of src, multiply point by point, transform back. Tiles go in blocks that stay in the cache.
struct WinogradConvolution: PreparedConvolution {
  let shape: ConvolutionShape
  let tile: [Int]
  let points: Int
  let weights: TransformedWeights

  /// `weights` `[O, I, kz, ky, kx]`. `former`, of the same shape and not used any more, gives its memory.
  init(_ weights: Tensor, _ shape: ConvolutionShape, tile: [Int], reusing former: (any PreparedConvolution)? = nil) {
    OpenBLAS.load()
    self.shape = shape
    self.tile = tile
    points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    let former = (former as? WinogradConvolution).flatMap { $0.tile == tile && $0.shape == shape ? $0.weights : nil }
    self.weights = TransformedWeights(weights, reusing: former)
  }

  /// Transforms the weights now, where they are kept.
  func prepare(extent: [Int], samples: Int) {
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: extent)
    if samples > 1 || !blocks.isWhole || keepsWeights { _ = weights.all(shape, tile) }
  }

  // A whole map's tasks read their channels' weights once, so that transforming them there costs little, and keeping those of
  // many channels much: eight times the weights for F(4, 4, 4).
  private static let mostKeptFloats = 4 << 20
  private var keepsWeights: Bool { Self.keeps(Self.floats(shape, points), points) }

  // Without the lines between points, which would shift powers of two.
  static func keeps(_ floats: Int, _ points: Int) -> Bool { floats - points * Int(VIGIL_LANES) <= mostKeptFloats }

  static func floats(_ shape: ConvolutionShape, _ points: Int) -> Int {
    points * TransformedWeights.pointStride(shape.sourceLayout.paddedChannels, shape.outputLayout.paddedChannels)
  }

  func run(_ src: [FeatureMap], into dst: [FeatureMap], in workspace: Workspace) -> [ChannelSums] {
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: src[0].extent)
    guard blocks.isWhole else { return runStrips(src, into: dst, blocks, in: workspace) }
    guard src.count > 1 else { return runWhole(src[0], dst[0], blocks, workspace) }
    return WinogradBatch(shape, tile: tile, points: points, weights: weights.all(shape, tile)).run(
      src, into: dst, in: workspace)
  }

  // Each task transforms, multiplies and transforms back a strip of tiles.
  private func runStrips(
    _ src: [FeatureMap], into dst: [FeatureMap], _ blocks: WinogradBlocks, in workspace: Workspace
  ) -> [ChannelSums] {
    let tasks = src.count * blocks.strips
    let sums = TaskSums(tasks: tasks, channels: shape.outputLayout.paddedChannels)
    let kernels = workspace.kernels
    let weights = weights.all(shape, tile)
    let plan = blocks.plan(weights: weights.pointer)
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
    let transformed = workspace.transformed(blocks.wholeFloats)
    let inputs = shape.sourceLayout.paddedChannels
    let width = blocks.channelsAtOnce
    let all = keepsWeights ? weights.all(shape, tile) : nil
    let plan = blocks.plan(weights: all?.pointer ?? transformed.pointer)
    let products = points * plan.result_point_stride
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: plan) { plan in
          workspace.run(blocks.strips, scratch: 0) { task, _ in
            let tiles = blocks.strip(task)
            kernels.winograd_source(
              source, plan, tiles.lowerBound, tiles.count, transformed.pointer + tiles.lowerBound * inputs)
          }
          let scratchFloats = products + (all == nil ? blocks.weightFloatsAtOnce : 0)
          workspace.run((channels + width - 1) / width, scratch: scratchFloats) { task, scratch in
            let first = task * width
            let count = min(width, channels - first)
            guard all == nil else {
              kernels.winograd_result(
                transformed.pointer, source, plan, 0, blocks.tiles, first, count, scratch, dst.base, dst.voxelStride,
                sum, squares)
              return
            }
            let some = scratch + products
            multiply(transformed.pointer, plan.pointee, blocks, channels: first..<first + count, scratch, some)
            kernels.winograd_write(
              scratch, plan, 0, blocks.tiles, count, dst.base + first, dst.voxelStride, sum + first, squares + first)
          }
        }
      }
    }
    return sums.totals(maps: 1, voxels: dst.voxels)
  }

  // The products of all tiles with some channels' weights, which are transformed a few channels of src at a time and multiplied while
  // they are in the cache.
  private func multiply(
    _ transformed: UnsafePointer<Float>, _ plan: vigil_winograd, _ blocks: WinogradBlocks, channels: Range<Int>,
    _ products: UnsafeMutablePointer<Float>, _ some: UnsafeMutablePointer<Float>
  ) {
    for first in stride(from: 0, to: plan.inner, by: blocks.inputsAtOnce) {
      let inputs = first..<min(first + blocks.inputsAtOnce, plan.inner)
      weights.transform(shape, tile, inputs: inputs, channels: channels, into: some)
      let stride = TransformedWeights.pointStride(inputs.count, channels.count)
      for point in 0..<points {
        vigil_sgemm(
          0, 0, blocks.tiles, channels.count, inputs.count, 1, transformed + point * plan.source_point_stride + first,
          plan.inner, some + point * stride, channels.count, first > 0 ? 1 : 0,
          products + point * plan.result_point_stride, channels.count)
      }
    }
  }
}
