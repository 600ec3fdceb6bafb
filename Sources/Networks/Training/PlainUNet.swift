public import Tensors

/// The plain twin of `TrainableUNet`: the same network in Double by the formulas, sample by sample.
public struct PlainUNet: Sendable {
  private let architecture: UNetArchitecture
  private let parameters: [String: WideTensor]
  private let deepSupervision: Bool

  /// `weights` by the names of the state dict, as `TrainableUNet` takes them.
  public init(architecture: UNetArchitecture, weights: [String: WideTensor], deepSupervision: Bool) {
    self.architecture = architecture
    self.deepSupervision = deepSupervision
    parameters = weights.mapValues { tensor in
      guard tensor.shape.count == 4 else { return tensor }
      return WideTensor(
        shape: Array(tensor.shape[..<2]) + [1] + Array(tensor.shape[2...]), elements: tensor.elements)
    }
  }

  /// Logits of every level, full resolution first.
  public func forward(_ src: WideTensor) -> [WideTensor] {
    let tape = tape()
    return run(src, tape).map { tape.value($0) }
  }

  /// dL/d parameters for dL/d logits of every level; parameters that take no part are missing.
  public func gradients(_ src: WideTensor, _ dlogits: [WideTensor]) -> [String: WideTensor] {
    let tape = tape()
    let heads = run(src, tape)
    tape.backward(Array(zip(heads, dlogits)))
    return tape.parameterGradients
  }

  private func tape() -> PlainTape {
    PlainTape { name in
      guard let found = parameters[name] else { preconditionFailure("\(name) is a parameter of the network") }
      return found
    }
  }

  private func run(_ src: WideTensor, _ tape: PlainTape) -> [PlainTape.Node] {
    var skips: [PlainTape.Node] = []
    var node = tape.input(src)
    for stage in 0..<architecture.stages {
      node = encode(node, stage, tape)
      skips.append(node)
    }
    node = skips.removeLast()
    var heads: [PlainTape.Node] = []
    for d in 0..<architecture.stages - 1 {
      let up = tape.transposedConvolution(
        node, "decoder.transpconvs.\(d).weight", bias: existing("decoder.transpconvs.\(d).bias"))
      node = tape.concatenation(up, skips.removeLast())
      for i in 0..<architecture.convolutionsPerDecoderStage[d] {
        node = block(node, "decoder.stages.\(d).convs.\(i)", [1, 1, 1], tape)
      }
      heads.append(
        tape.convolution(
          node, "decoder.seg_layers.\(d).weight", bias: "decoder.seg_layers.\(d).bias", stride: [1, 1, 1]))
    }
    return deepSupervision ? heads.reversed() : Array(heads.suffix(1))
  }

  private func encode(_ src: PlainTape.Node, _ stage: Int, _ tape: PlainTape) -> PlainTape.Node {
    var node = src
    let stride = architecture.strides[stage]
    switch architecture.kind {
    case .plainConvUNet:
      let pools = architecture.downsampling == .maxPooling && stride != [1, 1, 1]
      if pools { node = tape.pool(node, .max, stride: stride) }
      for i in 0..<architecture.blocksPerStage[stage] {
        node = block(node, "encoder.stages.\(stage).0.convs.\(i)", i == 0 && !pools ? stride : [1, 1, 1], tape)
      }
    case .residualEncoderUNet:
      if stage == 0 { node = block(node, "encoder.stem.convs.0", [1, 1, 1], tape) }
      for i in 0..<architecture.blocksPerStage[stage] {
        node = residual(node, "encoder.stages.\(stage).blocks.\(i)", i == 0 ? stride : [1, 1, 1], tape)
      }
    }
    return node
  }

  private func block(
    _ src: PlainTape.Node, _ name: String, _ stride: [Int], _ tape: PlainTape, activated: Bool = true
  ) -> PlainTape.Node {
    let convolved = tape.convolution(src, "\(name).conv.weight", bias: existing("\(name).conv.bias"), stride: stride)
    return tape.norm(
      convolved, existing("\(name).norm.weight"), existing("\(name).norm.bias"), epsilon: architecture.epsilon,
      negativeSlope: activated ? Double(architecture.negativeSlope) : 1)
  }

  private func residual(_ src: PlainTape.Node, _ name: String, _ stride: [Int], _ tape: PlainTape) -> PlainTape.Node {
    let main = block(block(src, "\(name).conv1", stride, tape), "\(name).conv2", [1, 1, 1], tape, activated: false)
    var skip = stride == [1, 1, 1] ? src : tape.pool(src, .average, stride: stride)
    for place in ["skip.0", "skip.1"] where existing("\(name).\(place).conv.weight") != nil {
      skip = block(skip, "\(name).\(place)", [1, 1, 1], tape, activated: false)
    }
    return tape.sum(main, skip, negativeSlope: Double(architecture.negativeSlope))
  }

  private func existing(_ name: String) -> String? { parameters[name] == nil ? nil : name }
}
