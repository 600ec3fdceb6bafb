internal import CKernels

/// The way back through a transposed convolution whose kernel is its stride: every voxel of src gathers its block of dL/d dst.
public struct TransposedConvolutionGradient: Sendable {
  private let sourceLayout: ChannelLayout
  private let outputLayout: ChannelLayout
  private let kernel: [Int]
  // [taps, padded O] rows of padded C of src.
  private let weights: AlignedBuffer

  // Gathered rows of a block stay in a second-level cache.
  private static let floatsPerBlock = 64 * 1024

  /// `weights` `[I, O, kz, ky, kx]` of the transposed convolution.
  public init(weights: Tensor, sourceLayout: ChannelLayout) {
    precondition(weights.shape.count == 5 && weights.shape[0] == sourceLayout.channels, "weights [I, O, kz, ky, kx]")
    OpenBLAS.load()
    self.sourceLayout = sourceLayout
    outputLayout = ChannelLayout(groups: [weights.shape[1]])
    kernel = Array(weights.shape[2...])
    let taps = kernel.reduce(1, *)
    let (inputs, outputs) = (sourceLayout.paddedChannels, outputLayout.paddedChannels)
    self.weights = AlignedBuffer(count: taps * outputs * inputs)
    self.weights.pointer.update(repeating: 0, count: self.weights.count)
    for (i, position) in sourceLayout.positions.enumerated() {
      for o in 0..<weights.shape[1] {
        for tap in 0..<taps {
          self.weights.pointer[(tap * outputs + o) * inputs + position] =
            weights.elements[(i * weights.shape[1] + o) * taps + tap]
        }
      }
    }
  }

  /// From dL/d dst (`gradient`) to dL/d src in `result`, of src's layout, to dL/d weights and to dL/d bias (nil: none), summed over the batch.
  public func callAsFunction(
    _ gradient: [FeatureMap], src: [FeatureMap], into result: [FeatureMap], weightGradient: inout ArraySlice<Float>,
    biasGradient: inout [Double], in workspace: Workspace
  ) {
    let taps = kernel.reduce(1, *)
    let (inputs, columns) = (sourceLayout.paddedChannels, taps * outputLayout.paddedChannels)
    let size = max(8, min(256, Self.floatsPerBlock / columns))
    let blocks = BatchBlocks(samples: src.count, perSample: src[0].voxels, size: size)
    let sums = workspace.transformed(blocks.parts * inputs * columns)
    workspace.run(blocks.parts, scratch: size * (inputs + columns) + Int(VIGIL_LANES)) { part, scratch in
      blocks.forEach(inPart: part) { sample, voxels, isFirst in
        let rows = scratch + size * inputs
        gather(gradient[sample], src[sample], voxels, rows, scratch, workspace.kernels)
        let to = result[sample]
        GradientProduct.plain(
          rows, columns, weights.pointer, inputs, m: voxels.count, n: inputs, k: columns,
          into: to.base + voxels.lowerBound * to.voxelStride, to.voxelStride, adding: false)
        GradientProduct.transposed(
          scratch, inputs, rows, columns, m: inputs, n: columns, k: voxels.count,
          into: sums.pointer + part * inputs * columns, columns, adding: !isFirst)
      }
    }
    unpack(sums, blocks.parts, into: &weightGradient)
    for map in gradient {
      let sums = ChannelSums(over: map, in: workspace)
      for o in biasGradient.indices { biasGradient[o] += sums.sum[o] }
    }
  }

  // The blocks of dL/d dst of some voxels of src, and those voxels.
  private func gather(
    _ gradient: FeatureMap, _ src: FeatureMap, _ voxels: Range<Int>, _ rows: UnsafeMutablePointer<Float>,
    _ values: UnsafeMutablePointer<Float>, _ kernels: vigil_kernels
  ) {
    var blocks = vigil_window(pooling: kernel, outputExtent: src.extent)
    gradient.withSource {
      kernels.rows(&$0, &blocks, 0, kernel[0] * kernel[1], voxels.lowerBound, voxels.count, rows)
    }
    var one = vigil_window(pooling: [1, 1, 1], outputExtent: src.extent)
    src.withSource { kernels.rows(&$0, &one, 0, 1, voxels.lowerBound, voxels.count, values) }
  }

  // From [parts][padded I][taps, padded O] to [I, O, taps].
  private func unpack(_ sums: AlignedBuffer, _ parts: Int, into result: inout ArraySlice<Float>) {
    let taps = kernel.reduce(1, *)
    let outputs = outputLayout.channels
    let columns = taps * outputLayout.paddedChannels
    let floats = sourceLayout.paddedChannels * columns
    result.withUnsafeMutableBufferPointer { result in
      for (i, position) in sourceLayout.positions.enumerated() {
        for tap in 0..<taps {
          let from = sums.pointer + position * columns + tap * outputLayout.paddedChannels
          for o in 0..<outputs {
            result[(i * outputs + o) * taps + tap] = (0..<parts).reduce(0) { $0 + from[$1 * floats + o] }
          }
        }
      }
    }
  }
}
