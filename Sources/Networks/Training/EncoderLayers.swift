internal import Tensors

/// One resolution of the encoder under training.
final class EncoderLayers {
  /// Every convolution, with the stage's extents it reads: the stage before's, or its own.
  private(set) var convolutions: [(layer: ConvolutionLayer, readsHigherResolution: Bool)] = []
  private let pooling: [Int]?
  private var plain: [ConvolutionLayer] = []
  private var residual: [ResidualLayer] = []
  private var beforePooling: [FeatureMap] = []

  init(_ stage: Int, _ architecture: UNetArchitecture, source: ChannelLayout) {
    let strides = architecture.strides[stage]
    let isReduced = strides != [1, 1, 1]
    pooling = isReduced && architecture.downsampling == .maxPooling ? strides : nil
    var source = source
    func add(_ name: String, _ stride: [Int]) {
      let layer = ConvolutionLayer(
        name, architecture, source: source, outputs: architecture.featuresPerStage[stage],
        kernel: architecture.kernelSizes[stage], stride: stride, negativeSlope: architecture.negativeSlope)
      plain.append(layer)
      convolutions.append((layer, stride != [1, 1, 1]))
      source = layer.layout
    }
    switch architecture.kind {
    case .plainConvUNet:
      for i in 0..<architecture.blocksPerStage[stage] {
        add("encoder.stages.\(stage).0.convs.\(i)", i == 0 && pooling == nil ? strides : [1, 1, 1])
      }
    case .residualEncoderUNet:
      if stage == 0 { add("encoder.stem.convs.0", [1, 1, 1]) }
      for i in 0..<architecture.blocksPerStage[stage] {
        let stride = i == 0 ? strides : [1, 1, 1]
        let block = ResidualLayer(
          "encoder.stages.\(stage).blocks.\(i)", architecture, source: source, stage: stage, stride: stride)
        residual.append(block)
        convolutions += block.convolutions.map { ($0, $0.shape.stride != [1, 1, 1]) }
        source = block.layout
      }
    }
  }

  var layout: ChannelLayout { residual.last?.layout ?? plain[plain.count - 1].layout }

  /// The stage's result, in `places` where given.
  func forward(_ src: [FeatureMap], into places: [FeatureMap]?, in workspace: Workspace) -> [FeatureMap] {
    var maps = src
    if let pooling {
      beforePooling = src
      maps = src.map { map in
        let pooled = workspace.map(extent: AveragePool.outputExtent(map.extent, stride: pooling), layout: map.layout)
        MaxPool.pool(map, stride: pooling, into: pooled, in: workspace)
        return pooled
      }
    }
    for (i, layer) in plain.enumerated() {
      maps = layer.forward(maps, into: residual.isEmpty && i == plain.count - 1 ? places : nil, in: workspace)
    }
    for (i, block) in residual.enumerated() {
      maps = block.forward(maps, into: i == residual.count - 1 ? places : nil, in: workspace)
    }
    return maps
  }

  /// From dL/d result to the parameters' gradients; dL/d src is added to `sum`, nil for the network's input.
  func backward(
    _ gradient: [FeatureMap], addingTo sum: [FeatureMap]?, _ gradients: inout StepGradients, in workspace: Workspace
  ) {
    // What the first layer's dL/d src becomes: nothing, part of the sum, or first the way back through the pooling.
    let last = sum.map { pooling == nil ? ConvolutionLayer.Destination.adding(to: $0) : .newMaps } ?? .nowhere
    var maps = gradient
    for (i, block) in residual.enumerated().reversed() {
      maps = block.backward(maps, to: i == 0 && plain.isEmpty ? last : .newMaps, &gradients, in: workspace)
    }
    for (i, layer) in plain.enumerated().reversed() {
      maps = layer.backward(maps, to: i == 0 ? last : .newMaps, &gradients, in: workspace)
    }
    guard let pooling, let sum else { return }
    for i in maps.indices {
      MaxPool.addGradient(maps[i], src: beforePooling[i], stride: pooling, to: sum[i], in: workspace)
    }
    beforePooling = []
  }

  func forget() {
    beforePooling = []
    for layer in plain { layer.forget() }
    for block in residual { block.forget() }
  }
}
