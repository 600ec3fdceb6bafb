internal import CKernels
internal import COpenBLAS

/// Winograd's minimal filtering (Lavin, Gray 2016, "Fast algorithms for convolutional neural networks") in up to three dimensions:
/// transform tiles of src, multiply point by point, transform back. Tiles go in blocks that stay in the cache.
struct WinogradConvolution: PreparedConvolution {
  private let shape: ConvolutionShape
  private let tile: [Int]
  private let points: Int
  private let weights: AlignedBuffer

  init(_ weights: Tensor, _ shape: ConvolutionShape, tile: [Int]) {
    OpenBLAS.load()
    self.shape = shape
    self.tile = tile
    points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    self.weights = Self.transformed(weights, shape, tile, points)
  }

  // [point][padded C of src][padded C of dst].
  private static func transformed(
    _ weights: Tensor, _ shape: ConvolutionShape, _ tile: [Int], _ points: Int
  ) -> AlignedBuffer {
    let inputs = shape.sourceLayout.paddedChannels
    let outputs = shape.outputLayout.paddedChannels
    let lanes = Int(VIGIL_LANES)
    let taps = shape.taps
    let buffer = AlignedBuffer(count: points * inputs * outputs)
    let positions = shape.sourceLayout.positions
    if positions.count < inputs || shape.outputChannels < outputs {
      buffer.pointer.update(repeating: 0, count: buffer.count)
    }
    let kernels = InstructionSet.available[0].kernels
    let kernel = AlignedBuffer(count: taps * lanes)
    let size = [tile[0], tile[1], tile[2]]
    weights.elements.withUnsafeBufferPointer { weights in
      for first in stride(from: 0, to: shape.outputChannels, by: lanes) {
        for (i, position) in positions.enumerated() {
          for lane in 0..<lanes {
            let at = ((first + lane) * positions.count + i) * taps
            for tap in 0..<taps {
              kernel.pointer[tap * lanes + lane] = first + lane < shape.outputChannels ? weights[at + tap] : 0
            }
          }
          kernels.winograd_weights(
            kernel.pointer, size, buffer.pointer + position * outputs + first, inputs * outputs)
        }
      }
    }
    return buffer
  }

  /// Bytes of the transform of a whole map of `extent`, where it is made whole.
  static func transformBytes(_ shape: ConvolutionShape, tile: [Int], extent: [Int]) -> Int {
    let points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: extent)
    return blocks.isWhole ? blocks.wholeFloats * MemoryLayout<Float>.stride : 0
  }

  func run(_ src: [FeatureMap], into dst: [FeatureMap], in workspace: Workspace) -> [ChannelSums] {
    let blocks = WinogradBlocks(shape, tile: tile, points: points, extent: src[0].extent)
    return blocks.isWhole
      ? runWhole(src, into: dst, blocks, in: workspace) : runStrips(src, into: dst, blocks, in: workspace)
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
    _ src: [FeatureMap], into dst: [FeatureMap], _ blocks: WinogradBlocks, in workspace: Workspace
  ) -> [ChannelSums] {
    let atOnce = max(1, min(src.count, Self.transformedFloats / blocks.wholeFloats))
    return stride(from: 0, to: src.count, by: atOnce).flatMap { first in
      let range = first..<min(first + atOnce, src.count)
      return runWhole(Array(src[range]), Array(dst[range]), blocks, workspace)
    }
  }

  // Transforms of maps that are made at once: 16 MiB.
  private static let transformedFloats = 4 << 20

  private func runWhole(
    _ src: [FeatureMap], _ dst: [FeatureMap], _ blocks: WinogradBlocks, _ workspace: Workspace
  ) -> [ChannelSums] {
    let channels = shape.outputLayout.paddedChannels
    let sums = TaskSums(tasks: src.count, channels: channels)
    let kernels = workspace.kernels
    let plan = blocks.plan(weights: weights)
    let transformed = workspace.transformed(src.count * blocks.wholeFloats).pointer
    let inputs = shape.sourceLayout.paddedChannels
    let width = blocks.channelsAtOnce
    FeatureMap.withSources(src) { sources in
      withUnsafePointer(to: plan) { plan in
        workspace.run(src.count * blocks.strips, scratch: 0) { task, _ in
          let (map, tiles) = (task / blocks.strips, blocks.strip(task % blocks.strips))
          kernels.winograd_source(
            sources + map, plan, tiles.lowerBound, tiles.count,
            transformed + map * blocks.wholeFloats + tiles.lowerBound * inputs)
        }
        // The maps take turns on the same channels' weights.
        workspace.run(
          (channels + width - 1) / width * src.count, scratch: points * plan.pointee.result_point_stride
        ) { task, scratch in
          let (map, first) = (task % src.count, task / src.count * width)
          let (sum, squares) = sums.slots(map)
          kernels.winograd_result(
            transformed + map * blocks.wholeFloats, sources + map, plan, 0, blocks.tiles, first,
            min(width, channels - first), scratch, dst[map].base, dst[map].voxelStride, sum, squares)
        }
      }
    }
    return sums.totals(maps: src.count, voxels: dst[0].voxels)
  }
}
