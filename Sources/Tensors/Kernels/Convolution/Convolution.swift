internal import CKernels

/// dst = weights * src, without a bias: every convolution of these networks is followed by an instance norm, which
/// takes any constant per channel away again. The norm's sums are gathered while dst is still in the cache.
public struct Convolution: Sendable {
  /// Channels, kernel and stride.
  public let shape: ConvolutionShape
  // [kz, ky, kx, padded C of src] rows of padded C of dst.
  private let weights: AlignedBuffer

  /// `weights` `[O, I, kz, ky, kx]`, as PyTorch stores them.
  public init(weights: Tensor, sourceLayout: ChannelLayout, stride: [Int]) {
    precondition(weights.shape.count == 5 && weights.shape[1] == sourceLayout.channels, "weights [O, I, kz, ky, kx]")
    shape = ConvolutionShape(
      sourceLayout: sourceLayout, outputChannels: weights.shape[0], kernel: Array(weights.shape[2...]), stride: stride)
    self.weights = Self.packed(weights, shape)
  }

  /// Bytes of packed weights.
  public var bytes: Int { weights.count * MemoryLayout<Float>.stride }

  private static func packed(_ weights: Tensor, _ shape: ConvolutionShape) -> AlignedBuffer {
    let columns = shape.outputLayout.paddedChannels
    let rowsPerTap = shape.sourceLayout.paddedChannels
    let buffer = AlignedBuffer(count: shape.taps * rowsPerTap * columns)
    buffer.pointer.update(repeating: 0, count: buffer.count)
    let positions = shape.sourceLayout.positions
    for o in 0..<shape.outputChannels {
      for (i, position) in positions.enumerated() {
        for tap in 0..<shape.taps {
          buffer.pointer[(tap * rowsPerTap + position) * columns + o] =
            weights.elements[(o * positions.count + i) * shape.taps + tap]
        }
      }
    }
    return buffer
  }

  /// Writes dst (of `shape.outputExtent`, `shape.outputLayout`) and returns the sums over it.
  public func callAsFunction(_ src: FeatureMap, into dst: FeatureMap, in workspace: Workspace) -> ChannelSums {
    precondition(src.layout == shape.sourceLayout && dst.extent == shape.outputExtent(src.extent), "shapes fit")
    let blocks = RowBlocks(shape, voxels: dst.voxels)
    let sums = TaskSums(tasks: blocks.tasks, channels: shape.outputLayout.paddedChannels)
    let kernels = workspace.kernels
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        var window = shape.window(src.extent)
        withUnsafePointer(to: &window) { window in
          workspace.run(blocks.tasks, scratch: blocks.scratchFloats) { task, scratch in
            let (voxels, columns) = blocks.task(task)
            multiply(source, window, voxels, columns, blocks, scratch, dst, kernels)
            let (sum, squares) = sums.slots(task)
            kernels.sums(
              dst.base + voxels.lowerBound * dst.voxelStride + columns.lowerBound, dst.voxelStride, columns.count,
              voxels.count, sum + columns.lowerBound, squares + columns.lowerBound)
          }
        }
      }
    }
    return sums.total(voxels: dst.voxels)
  }

  // im2row of some kernel lines, then a product that adds to what the lines before gave.
  private func multiply(
    _ source: UnsafePointer<vigil_source>, _ window: UnsafePointer<vigil_window>, _ voxels: Range<Int>,
    _ columns: Range<Int>, _ blocks: RowBlocks, _ scratch: UnsafeMutablePointer<Float>, _ dst: FeatureMap,
    _ kernels: vigil_kernels
  ) {
    let allColumns = shape.outputLayout.paddedChannels
    for line in stride(from: 0, to: blocks.lines, by: blocks.linesPerProduct) {
      let end = min(line + blocks.linesPerProduct, blocks.lines)
      let inner = (end - line) * blocks.floatsPerLine
      kernels.rows(source, window, line, end, voxels.lowerBound, voxels.count, scratch)
      MatrixProduct.multiply(
        scratch, stride: inner,
        weights.pointer + line * blocks.floatsPerLine * allColumns + columns.lowerBound, stride: allColumns,
        into: dst.base + voxels.lowerBound * dst.voxelStride + columns.lowerBound, stride: dst.voxelStride,
        rows: voxels.count, columns: columns.count, inner: inner, adding: line > 0)
    }
  }
}
