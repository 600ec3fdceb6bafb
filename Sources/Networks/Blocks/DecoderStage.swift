internal import Tensors

/// One resolution of the decoder: upsample what comes from below, put the encoder's skip beside it, convolve.
struct DecoderStage: Sendable {
  private let upsampling: TransposedConvolution
  private let blocks: [ConvolutionBlock]

  /// Stage `index` in nnU-Net's order, lowest resolution first.
  init(_ index: Int, _ architecture: UNetArchitecture, _ weights: Weights, below: ChannelLayout) {
    upsampling = TransposedConvolution(
      weights: weights.kernel("decoder.transpconvs.\(index).weight"),
      bias: weights.vector("decoder.transpconvs.\(index).bias"), sourceLayout: below)
    let features = upsampling.outputChannels
    var source = ChannelLayout(groups: [features, features])
    blocks = (0..<architecture.convolutionsPerDecoderStage[index]).map { i in
      let block = ConvolutionBlock(
        "decoder.stages.\(index).convs.\(i)", weights, architecture, source: source, stride: [1, 1, 1],
        negativeSlope: architecture.negativeSlope)
      source = block.layout
      return block
    }
  }

  var layout: ChannelLayout { blocks[blocks.count - 1].layout }

  var upsamplingBytes: Int { upsampling.bytes }

  /// Operations of the upsampling to `extent`.
  func upsamplingOperations(_ extent: [Int]) -> Int {
    upsampling.operations(zip(extent, upsampling.kernel).map { $0 / $1 })
  }

  /// Every convolution with the size of its src, for a result of `extent`.
  func layers(_ extent: [Int]) -> [(Convolution, extent: [Int])] { blocks.map { ($0.convolution, extent) } }

  /// `concatenation` holds the skip in its second group already, with `skipPart` still owed to it; consumed.
  func forward(
    _ below: FeatureMap, _ concatenation: consuming FeatureMap, skipPart: Pointwise?, in workspace: Workspace
  ) -> FeatureMap {
    upsampling(below, into: concatenation.group(0), in: workspace)
    concatenation.pointwise = .owed(by: concatenation.layout, second: skipPart)
    var map = blocks[0].forward(concatenation, in: workspace)
    for block in blocks.dropFirst() { map = block.forward(map, in: workspace) }
    return map
  }
}
