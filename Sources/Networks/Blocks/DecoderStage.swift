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

  /// Whether the skip of a result of `extent` is a map of its own, whose memory the result takes, and no half of a concatenation.
  func takesSkipsPlace(_ extent: [Int], in workspace: Workspace) -> Bool {
    blocks[0].convolution.slides(extent, in: workspace)
  }

  /// The stage's result; `below` and `skip` are used up.
  func forward(_ below: FeatureMap, _ skip: consuming Skip, in workspace: Workspace) -> FeatureMap {
    var map: FeatureMap
    workspace.giveBackIdleMaps(
      before: upsampling.outputExtent(below.extent).reduce(upsampling.outputLayout.paddedChannels, *))
    switch skip {
    case .map(let skip): map = blocks[0].forward(skip, beside: upsampling, of: below, in: workspace)
    case .half(var concatenation, let part):
      upsampling(below, into: concatenation.group(0), in: workspace)
      concatenation.pointwise = .owed(by: concatenation.layout, second: part)
      map = blocks[0].forward(concatenation, in: workspace)
    }
    for block in blocks.dropFirst() { map = block.forward(map, replacing: true, in: workspace) }
    return map
  }
}

/// What the encoder leaves for the decoder at one resolution.
enum Skip {
  /// Large: a map by itself.
  case map(FeatureMap)
  /// The second group of a concatenation, with `part` still owed to it.
  case half(of: FeatureMap, part: Pointwise?)
}
