internal import CKernels

/// im2row and a matrix product, block by block: any kernel and stride. The few channels of a network's input are multiplied tap by tap
/// instead, where they lie: their rows would be more to write than to multiply.
struct RowConvolution: PreparedConvolution {
  private let shape: ConvolutionShape
  // One matrix for every stretch of kernel lines that is multiplied at once: [lines, kx, padded C of src] rows of padded
  // C of dst.
  private let weights: [ProductWeights]
  private let linesPerProduct: Int

  private static let mostDirectChannels = 4
  private var isDirect: Bool {
    shape.sourceLayout.multiple == 1 && shape.sourceLayout.channels <= Self.mostDirectChannels && weights.count == 1
  }

  init(_ weights: Tensor, _ shape: ConvolutionShape) {
    self.shape = shape
    linesPerProduct = RowBlocks(shape, voxels: 1).linesPerProduct
    let lines = shape.kernel[0] * shape.kernel[1]
    self.weights = stride(from: 0, to: lines, by: linesPerProduct).map { first in
      Self.packed(weights, shape, first..<min(first + RowBlocks(shape, voxels: 1).linesPerProduct, lines))
    }
  }

  private static func packed(
    _ weights: Tensor, _ shape: ConvolutionShape, _ lines: Range<Int>
  ) -> ProductWeights {
    let taps = lines.lowerBound * shape.kernel[2]..<lines.upperBound * shape.kernel[2]
    let rowsPerTap = shape.sourceLayout.paddedChannels
    let packed = ProductWeights(rows: taps.count * rowsPerTap, columns: shape.outputLayout.paddedChannels)
    let positions = shape.sourceLayout.positions
    for o in 0..<shape.outputChannels {
      for (i, position) in positions.enumerated() {
        for tap in taps {
          packed.set(
            weights.elements[(o * positions.count + i) * shape.taps + tap],
            row: (tap - taps.lowerBound) * rowsPerTap + position, column: o)
        }
      }
    }
    return packed
  }

  func run(_ src: [FeatureMap], into dst: [FeatureMap], in workspace: Workspace) -> [ChannelSums] {
    let blocks = RowBlocks(shape, voxels: dst[0].voxels)
    let sums = TaskSums(tasks: src.count * blocks.tasks, channels: shape.outputLayout.paddedChannels)
    let kernels = workspace.kernels
    FeatureMap.withSources(src) { sources in
      var window = shape.window(src[0].extent)
      withUnsafePointer(to: &window) { window in
        workspace.run(src.count * blocks.tasks, scratch: blocks.scratchFloats) { task, scratch in
          let (voxels, columns) = blocks.task(task % blocks.tasks)
          let dst = dst[task / blocks.tasks]
          multiply(sources + task / blocks.tasks, window, voxels, columns, blocks, scratch, dst, kernels)
          let (sum, squares) = sums.slots(task)
          kernels.sums(
            dst.base + voxels.lowerBound * dst.voxelStride + columns.lowerBound, dst.voxelStride, columns.count,
            voxels.count, sum + columns.lowerBound, squares + columns.lowerBound)
        }
      }
    }
    return sums.totals(maps: src.count, voxels: dst[0].voxels)
  }

  // im2row of some kernel lines, then a product that adds to what the lines before gave.
  private func multiply(
    _ source: UnsafePointer<vigil_source>, _ window: UnsafePointer<vigil_window>, _ voxels: Range<Int>,
    _ columns: Range<Int>, _ blocks: RowBlocks, _ scratch: UnsafeMutablePointer<Float>, _ dst: FeatureMap,
    _ kernels: vigil_kernels
  ) {
    if isDirect {
      kernels.direct(
        source, window, weights[0].base + columns.lowerBound, weights[0].columns, columns.count, voxels.lowerBound,
        voxels.count, dst.base + voxels.lowerBound * dst.voxelStride + columns.lowerBound, dst.voxelStride)
      return
    }
    for (i, matrix) in weights.enumerated() {
      let line = i * linesPerProduct
      kernels.rows(
        source, window, line, min(line + linesPerProduct, blocks.lines), voxels.lowerBound, voxels.count, scratch)
      matrix.multiply(
        scratch, stride: matrix.rows, count: voxels.count, columns: columns,
        into: dst.base + voxels.lowerBound * dst.voxelStride + columns.lowerBound, stride: dst.voxelStride,
        adding: i > 0)
    }
  }
}
