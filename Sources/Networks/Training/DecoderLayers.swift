internal import Tensors

/// One resolution of the decoder under training, with its segmentation layer.
final class DecoderLayers {
  let convolutions: [ConvolutionLayer]
  private let name: String
  private let head: String
  private let below: ChannelLayout
  private let features: Int

  private var upsampling: TransposedConvolution?
  private var upsamplingBack: TransposedConvolutionGradient?
  private var segmentation: Head?
  private var segmentationBack: HeadGradient?
  private var src: [FeatureMap] = []
  private var dst: [FeatureMap] = []

  /// Stage `index` in nnU-Net's order, lowest resolution first.
  init(_ index: Int, _ architecture: UNetArchitecture, below: ChannelLayout) {
    name = "decoder.transpconvs.\(index)"
    head = "decoder.seg_layers.\(index)"
    self.below = below
    let level = architecture.stages - 2 - index
    let features = architecture.featuresPerStage[level]
    self.features = features
    var source = ChannelLayout(groups: [features, features])
    convolutions = (0..<architecture.convolutionsPerDecoderStage[index]).map { i in
      let layer = ConvolutionLayer(
        "decoder.stages.\(index).convs.\(i)", architecture, source: source, outputs: features,
        kernel: architecture.kernelSizes[level], stride: [1, 1, 1], negativeSlope: architecture.negativeSlope)
      source = layer.layout
      return layer
    }
  }

  var layout: ChannelLayout { ChannelLayout(groups: [features]) }

  func load(_ parameters: StepParameters) {
    let kernel = parameters.kernel("\(name).weight")
    upsampling = TransposedConvolution(weights: kernel, bias: parameters.vector("\(name).bias"), sourceLayout: below)
    segmentation = Head(
      weights: parameters.kernel("\(head).weight"), bias: parameters.vector("\(head).bias"), sourceLayout: layout)
  }

  func loadWayBack(_ parameters: StepParameters) {
    upsamplingBack = TransposedConvolutionGradient(weights: parameters.kernel("\(name).weight"), sourceLayout: below)
    segmentationBack = HeadGradient(weights: parameters.kernel("\(head).weight"), sourceLayout: layout)
  }

  /// `concatenations` hold the skips in their second group already, with `skipParts` still owed to them.
  func forward(
    _ src: [FeatureMap], _ concatenations: [FeatureMap], skipParts: [Pointwise?], in workspace: Workspace
  ) -> [FeatureMap] {
    guard let upsampling else { preconditionFailure("loaded before") }
    self.src = src
    dst = src.indices.map { i in
      var map = concatenations[i]
      upsampling(src[i], into: map.group(0), in: workspace)
      map.pointwise = .owed(by: map.layout, second: skipParts[i])
      return map
    }
    for layer in convolutions { dst = layer.forward(dst, in: workspace) }
    return dst
  }

  /// The segmentation layer on the last result.
  func logits(in workspace: Workspace) -> [Tensor] {
    guard let segmentation else { preconditionFailure("loaded before") }
    return dst.map { segmentation($0, in: workspace) }
  }

  /// From dL/d result of this stage (nil: none from above) and dL/d its logits (empty: none) to the parameters'
  /// gradients, dL/d src and dL/d skip; nil when there was nothing.
  func backward(
    _ gradient: [FeatureMap]?, dlogits: [Tensor], _ gradients: inout StepGradients, in workspace: Workspace
  ) -> (below: [FeatureMap], skip: [FeatureMap])? {
    defer { forget() }
    guard gradient != nil || !dlogits.isEmpty else { return nil }
    var maps = gradient ?? dst.map { workspace.map(extent: $0.extent, layout: layout) }
    if !dlogits.isEmpty { throughHead(dlogits, into: maps, adding: gradient != nil, &gradients, workspace) }
    for layer in convolutions.reversed() {
      maps = layer.backward(maps, to: .newMaps, &gradients, in: workspace)
    }
    return (throughUpsampling(maps.map { $0.group(0) }, &gradients, workspace), maps.map { $0.group(1) })
  }

  private func throughHead(
    _ dlogits: [Tensor], into maps: [FeatureMap], adding: Bool, _ gradients: inout StepGradients,
    _ workspace: Workspace
  ) {
    guard let segmentationBack else { preconditionFailure("loaded before") }
    var bias = [Double](repeating: 0, count: dlogits[0].shape[0])
    gradients.write("\(head).weight") {
      segmentationBack(
        dlogits, src: dst, into: maps, adding: adding, weightGradient: &$0, biasGradient: &bias, in: workspace)
    }
    gradients.write("\(head).bias", bias)
  }

  private func throughUpsampling(
    _ gradient: [FeatureMap], _ gradients: inout StepGradients, _ workspace: Workspace
  ) -> [FeatureMap] {
    guard let upsamplingBack else { preconditionFailure("loaded before") }
    let result = src.map { workspace.map(extent: $0.extent, layout: below) }
    var bias = [Double](repeating: 0, count: features)
    gradients.write("\(name).weight") {
      upsamplingBack(
        gradient, src: src, into: result, weightGradient: &$0, biasGradient: &bias, in: workspace)
    }
    gradients.write("\(name).bias", bias)
    return result
  }

  func forget() {
    src = []
    dst = []
    for layer in convolutions { layer.forget() }
  }
}
