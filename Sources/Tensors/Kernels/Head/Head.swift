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
      rows: sourceLayout.paddedChannels, columns: ChannelLayout(groups: [outputChannels]).paddedChannels,
      backend: MatrixProduct.preferred)
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
    precondition(src.layout == sourceLayout, "shapes fit")
    let voxels = src.voxels
    let elements = [Float](unsafeUninitializedCapacity: outputChannels * voxels) { dst, count in
      if let base = dst.baseAddress { write(src, into: base, in: workspace) }
      count = outputChannels * voxels
    }
    return Tensor(shape: [outputChannels] + src.extent, elements: elements)
  }

  private func write(_ src: FeatureMap, into dst: UnsafeMutablePointer<Float>, in workspace: Workspace) {
    let inner = sourceLayout.paddedChannels
    let voxels = src.voxels
    let kernels = workspace.kernels
    var one = ConvolutionShape(sourceLayout: sourceLayout, outputChannels: 1, kernel: [1, 1, 1]).window(src.extent)
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: &one) { one in
          let block = Self.voxelsPerTask
          workspace.run((voxels + block - 1) / block, scratch: block * (inner + weights.columns)) { task, scratch in
            let first = task * block
            let count = min(block, voxels - first)
            let product = scratch + block * inner
            kernels.rows(source, one, 0, 1, first, count, scratch)
            weights.multiply(
              scratch, stride: inner, count: count, columns: 0..<weights.columns, into: product,
              stride: weights.columns, adding: false, kernels: kernels)
            kernels.planes(product, weights.columns, bias.pointer, count, outputChannels, dst + first, voxels)
          }
        }
      }
    }
  }
}
