internal import Tensors

/// Convolution, instance norm and (unless the slope is 1) LeakyReLU: the building block of every nnU-Net.
struct ConvolutionBlock: Sendable {
  let convolution: Convolution
  let norm: InstanceNorm

  /// `name` as in the state dict, `...convs.0`; `negativeSlope` 1 where no LeakyReLU follows. The convolution's bias is not used:
  /// the norm takes it away again.
  init(
    _ name: String, _ weights: Weights, _ architecture: UNetArchitecture, source: ChannelLayout, stride: [Int],
    negativeSlope: Float
  ) {
    let kernel = weights.kernel("\(name).conv.weight")
    convolution = Convolution(
      weights: kernel, sourceLayout: source, stride: stride, largestTile: weights.largestTile)
    let channels = kernel.shape[0]
    norm = InstanceNorm(
      weight: weights.vector("\(name).norm.weight") ?? Array(repeating: 1, count: channels),
      bias: weights.vector("\(name).norm.bias") ?? Array(repeating: 0, count: channels),
      epsilon: architecture.epsilon, negativeSlope: negativeSlope)
  }

  var layout: ChannelLayout { convolution.shape.outputLayout }

  /// dst in `place`, or in memory of its own; the norm is left to the reader. `replacing`: src is not needed any more, and a large
  /// one gives its memory.
  func forward(
    _ src: FeatureMap, into place: FeatureMap? = nil, replacing: Bool = false, in workspace: Workspace
  ) -> FeatureMap {
    if replacing, place == nil, convolution.replaces(src, in: workspace) {
      return normalised(convolution.slide(src, in: workspace))
    }
    let dst =
      place
      ?? workspace.roomyMap(
        extent: convolution.shape.outputExtent(src.extent), layout: convolution.shape.outputLayout)
    return normalised((dst, convolution(src, into: dst, in: workspace)))
  }

  /// The same for a concatenation of `below`, upsampled, and `skip`, whose memory is used.
  func forward(
    _ skip: FeatureMap, beside upsampling: TransposedConvolution, of below: FeatureMap, in workspace: Workspace
  ) -> FeatureMap {
    normalised(convolution.slide(skip, beside: upsampling, of: below, in: workspace))
  }

  private func normalised(_ result: (dst: FeatureMap, sums: ChannelSums)) -> FeatureMap {
    var dst = result.dst
    dst.pointwise = norm.pointwise(result.sums)
    return dst
  }
}
