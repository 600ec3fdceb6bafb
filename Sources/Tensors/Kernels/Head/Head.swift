internal import CKernels

/// The segmentation layer: a 1x1x1 convolution with bias whose result is planar, `[K, D, H, W]`.
public struct Head: Sendable {
  /// Channels of src as they lie in memory.
  public let sourceLayout: ChannelLayout
  /// Classes, K.
  public let outputChannels: Int
  // [K, padded C of src].
  private let weights: AlignedBuffer
  private let bias: [Float]

  private static let voxelsPerTask = 1024

  /// `weights` `[K, C]` or `[K, C, 1, 1, 1]`; `bias` `[K]` or nil.
  public init(weights: Tensor, bias: [Float]?, sourceLayout: ChannelLayout) {
    self.sourceLayout = sourceLayout
    outputChannels = weights.shape[0]
    self.bias = bias ?? Array(repeating: 0, count: outputChannels)
    var padded = [Float](repeating: 0, count: outputChannels * sourceLayout.paddedChannels)
    for k in 0..<outputChannels {
      for (c, position) in sourceLayout.positions.enumerated() {
        padded[k * sourceLayout.paddedChannels + position] = weights.elements[k * sourceLayout.channels + c]
      }
    }
    self.weights = AlignedBuffer(padded)
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
          workspace.run((voxels + block - 1) / block, scratch: block * inner) { task, scratch in
            let first = task * block
            let count = min(block, voxels - first)
            kernels.rows(source, one, 0, 1, first, count, scratch)
            MatrixProduct.multiplyByTransposed(
              weights.pointer, stride: inner, scratch, stride: inner, into: dst + first, stride: voxels,
              rows: outputChannels, columns: count, inner: inner)
            for k in 0..<outputChannels {
              for i in k * voxels + first..<k * voxels + first + count { dst[i] += bias[k] }
            }
          }
        }
      }
    }
  }
}
