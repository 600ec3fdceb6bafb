internal import Tensors

/// One resolution of the encoder: its blocks in order, the first of which brings the resolution down.
enum EncoderStage: Sendable {
  /// `pooling`: the windows of the max pooling before the blocks, where there is one.
  case plain(pooling: [Int]?, [ConvolutionBlock])
  /// The stem, before the first stage's blocks.
  case residual(stem: ConvolutionBlock?, [ResidualBlock])

  var layout: ChannelLayout {
    switch self {
    case .plain(_, let blocks): blocks[blocks.count - 1].layout
    case .residual(_, let blocks): blocks[blocks.count - 1].layout
    }
  }

  /// Every convolution with the size of its src, for a result of `extent`.
  func layers(_ extent: [Int]) -> [(Convolution, extent: [Int])] {
    switch self {
    case .plain(_, let blocks):
      blocks.map { ($0.convolution, zip(extent, $0.convolution.shape.stride).map { $0 * $1 }) }
    case .residual(let stem, let blocks):
      (stem.map { [($0.convolution, extent)] } ?? []) + blocks.flatMap { $0.layers(extent) }
    }
  }

  /// The stage's result, in `place` where given: the skip's half of the decoder's concatenation.
  func forward(_ src: FeatureMap, into place: FeatureMap?, in workspace: Workspace) -> FeatureMap {
    var map = src
    switch self {
    case .plain(let pooling, let blocks):
      if let pooling {
        let pooled = workspace.map(extent: AveragePool.outputExtent(map.extent, stride: pooling), layout: map.layout)
        MaxPool.pool(map, stride: pooling, into: pooled, in: workspace)
        map = pooled
      }
      for (i, block) in blocks.enumerated() {
        map = block.forward(map, into: i == blocks.count - 1 ? place : nil, replacing: i > 0, in: workspace)
      }
    case .residual(let stem, let blocks):
      if let stem { map = stem.forward(map, in: workspace) }
      for (i, block) in blocks.enumerated() {
        map = block.forward(map, into: i == blocks.count - 1 ? place : nil, in: workspace)
      }
    }
    return map
  }
}

extension EncoderStage {
  /// All stages of an architecture.
  static func all(_ architecture: UNetArchitecture, _ weights: Weights, input: ChannelLayout) -> [EncoderStage] {
    var source = input
    return (0..<architecture.stages).map { stage in
      let made =
        switch architecture.kind {
        case .plainConvUNet: plain(stage, architecture, weights, source)
        case .residualEncoderUNet: residual(stage, architecture, weights, source)
        }
      source = made.layout
      return made
    }
  }

  private static func plain(
    _ stage: Int, _ architecture: UNetArchitecture, _ weights: Weights, _ input: ChannelLayout
  ) -> EncoderStage {
    var source = input
    let stride = architecture.strides[stage]
    let pools = architecture.downsampling == .maxPooling && stride != [1, 1, 1]
    return .plain(
      pooling: pools ? stride : nil,
      (0..<architecture.blocksPerStage[stage]).map { i in
        let block = ConvolutionBlock(
          "encoder.stages.\(stage).0.convs.\(i)", weights, architecture, source: source,
          stride: i == 0 && !pools ? stride : [1, 1, 1], negativeSlope: architecture.negativeSlope)
        source = block.layout
        return block
      })
  }

  private static func residual(
    _ stage: Int, _ architecture: UNetArchitecture, _ weights: Weights, _ input: ChannelLayout
  ) -> EncoderStage {
    var source = input
    var stem: ConvolutionBlock?
    if stage == 0 {
      let made = ConvolutionBlock(
        "encoder.stem.convs.0", weights, architecture, source: source, stride: [1, 1, 1],
        negativeSlope: architecture.negativeSlope)
      source = made.layout
      stem = made
    }
    let blocks = (0..<architecture.blocksPerStage[stage]).map { i in
      let block = ResidualBlock(
        "encoder.stages.\(stage).blocks.\(i)", weights, architecture, source: source,
        outputs: architecture.featuresPerStage[stage], stride: i == 0 ? architecture.strides[stage] : [1, 1, 1])
      source = block.layout
      return block
    }
    return .residual(stem: stem, blocks)
  }
}
