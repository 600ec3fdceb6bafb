internal import Tensors

/// nnU-Net's BasicBlockD: LeakyReLU(norm(conv2(LeakyReLU(norm(conv1(x))))) + skip(x)), where skip averages over the stride and
/// projects by a normalised 1x1x1 convolution where the channels change (He et al. 2019, "Bag of tricks", ResNet-D).
struct ResidualBlock: Sendable {
  private let first: ConvolutionBlock
  private let second: ConvolutionBlock
  private let projection: ConvolutionBlock?
  private let stride: [Int]
  private let negativeSlope: Float

  init(
    _ name: String, _ weights: Weights, _ architecture: UNetArchitecture, source: ChannelLayout, outputs: Int,
    stride: [Int]
  ) {
    self.stride = stride
    negativeSlope = architecture.negativeSlope
    first = ConvolutionBlock(
      "\(name).conv1", weights, architecture, source: source, stride: stride, negativeSlope: negativeSlope)
    second = ConvolutionBlock(
      "\(name).conv2", weights, architecture, source: first.layout, stride: [1, 1, 1], negativeSlope: 1)
    guard source.channels != outputs else {
      projection = nil
      return
    }
    let skip = stride == [1, 1, 1] ? "\(name).skip.0" : "\(name).skip.1"
    projection = ConvolutionBlock(skip, weights, architecture, source: source, stride: [1, 1, 1], negativeSlope: 1)
  }

  var layout: ChannelLayout { second.layout }

  /// Every convolution with the size of its src, for a result of `extent`.
  func layers(_ extent: [Int]) -> [(Convolution, extent: [Int])] {
    let projected = projection.map { [($0.convolution, extent)] } ?? []
    return [(first.convolution, zip(extent, stride).map { $0 * $1 }), (second.convolution, extent)] + projected
  }

  /// dst in `place`, or in memory of its own; nothing is left to the reader.
  func forward(_ src: FeatureMap, into place: FeatureMap? = nil, in workspace: Workspace) -> FeatureMap {
    let main = second.forward(first.forward(src, in: workspace), replacing: true, in: workspace)
    let skip = shortcut(src, in: workspace)
    var dst = place ?? main
    dst.pointwise = nil
    ResidualSum.add(main, skip, negativeSlope: negativeSlope, into: dst, in: workspace)
    return dst
  }

  private func shortcut(_ src: FeatureMap, in workspace: Workspace) -> FeatureMap {
    var skip = src
    if stride != [1, 1, 1] {
      let pooled = workspace.map(
        extent: AveragePool.outputExtent(src.extent, stride: stride), layout: src.layout)
      AveragePool.pool(src, stride: stride, into: pooled, in: workspace)
      skip = pooled
    }
    return projection?.forward(skip, in: workspace) ?? skip
  }
}
