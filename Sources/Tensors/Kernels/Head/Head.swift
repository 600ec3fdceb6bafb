internal import CKernels

/// The segmentation layer: a 1x1x1 convolution with bias whose result is planar, `[K, D, H, W]`.
public struct Head: Sendable {
  /// Channels of src as they lie in memory.
  public let sourceLayout: ChannelLayout
  /// Classes, K.
  public let outputChannels: Int
  // Padded C of src rows of padded K.
  private let weights: ProductWeights
  private let bias: AlignedBuffer

  private static let voxelsPerTask = 512

  /// `weights` `[K, C]` or `[K, C, 1, 1, 1]`; `bias` `[K]` or nil.
  public init(weights: Tensor, bias: [Float]?, sourceLayout: ChannelLayout) {
    self.sourceLayout = sourceLayout
    outputChannels = weights.shape[0]
    self.bias = AlignedBuffer(bias ?? Array(repeating: 0, count: outputChannels))
    self.weights = ProductWeights(
      rows: sourceLayout.paddedChannels, columns: ChannelLayout(groups: [outputChannels]).paddedChannels)
    for k in 0..<outputChannels {
      for (c, position) in sourceLayout.positions.enumerated() {
        self.weights.set(weights.elements[k * sourceLayout.channels + c], row: position, column: k)
      }
    }
  }

  /// Operations for a src of `extent`.
  public func operations(_ extent: [Int]) -> Int { extent.reduce(2 * sourceLayout.channels * outputChannels, *) }

  /// `[K, D, H, W]`.
  public func callAsFunction(_ src: FeatureMap, in workspace: Workspace) -> Tensor {
    let elements = [Float](unsafeUninitializedCapacity: outputChannels * src.voxels) { dst, count in
      if let base = dst.baseAddress { write(src, to: base, mirrored: [], adding: false, in: workspace) }
      count = outputChannels * src.voxels
    }
    return Tensor(shape: [outputChannels] + src.extent, elements: elements)
  }

  /// Adds the result, reversed along the axes `mirrored` (of `[D, H, W]`), to `sum` `[K, D, H, W]`.
  public func add(_ src: FeatureMap, mirrored: [Int], to sum: inout Tensor, in workspace: Workspace) {
    precondition(sum.shape == [outputChannels] + src.extent, "shapes fit")
    sum.elements.withUnsafeMutableBufferPointer { dst in
      if let base = dst.baseAddress { write(src, to: base, mirrored: mirrored, adding: true, in: workspace) }
    }
  }

  // Lines of src, several at a time, to lines of every plane of dst.
  private func write(
    _ src: FeatureMap, to dst: UnsafeMutablePointer<Float>, mirrored: [Int], adding: Bool, in workspace: Workspace
  ) {
    precondition(src.layout == sourceLayout, "shapes fit")
    let inner = sourceLayout.paddedChannels
    let (depth, height, width) = (src.extent[0], src.extent[1], src.extent[2])
    let perTask = max(1, Self.voxelsPerTask / width)
    let kernels = workspace.kernels
    var one = ConvolutionShape(sourceLayout: sourceLayout, outputChannels: 1, kernel: [1, 1, 1]).window(src.extent)
    let scratchFloats = perTask * width * (inner + weights.columns)
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: &one) { one in
          workspace.run((depth * height + perTask - 1) / perTask, scratch: scratchFloats) { task, scratch in
            let lines = task * perTask..<min((task + 1) * perTask, depth * height)
            let product = scratch + perTask * width * inner
            kernels.rows(source, one, 0, 1, lines.lowerBound * width, lines.count * width, scratch)
            weights.multiply(
              scratch, stride: inner, count: lines.count * width, columns: 0..<weights.columns, into: product,
              stride: weights.columns, adding: false)
            for (i, line) in lines.enumerated() {
              let z = mirrored.contains(0) ? depth - 1 - line / height : line / height
              let y = mirrored.contains(1) ? height - 1 - line % height : line % height
              let reversed = mirrored.contains(2)
              kernels.planes(
                product + i * width * weights.columns, weights.columns, bias.pointer, width, outputChannels,
                dst + (z * height + y) * width + (reversed ? width - 1 : 0), src.voxels, reversed ? -1 : 1,
                adding ? 1 : 0)
            }
          }
        }
      }
    }
  }
}
