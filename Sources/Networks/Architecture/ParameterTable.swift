/// One learnt tensor of a network: its name in nnU-Net's state dict and its shape there.
public struct Parameter: Sendable, Equatable {
  /// Such as `encoder.stages.0.0.convs.0.conv.weight`.
  public let name: String
  /// In the checkpoint's dimensions: a 2D kernel has two spatial axes.
  public let shape: [Int]
}

extension UNetArchitecture {
  /// Every parameter of the network, in the order of the state dict, without aliases. The deep supervision heads, of which
  /// inference uses the last, are among them: nnU-Net always saves them.
  public func parameters(inputChannels: Int, outputChannels: Int) -> [Parameter] {
    var table = ParameterTable(architecture: self)
    switch kind {
    case .plainConvUNet: table.addPlainEncoder(inputChannels)
    case .residualEncoderUNet: table.addResidualEncoder(inputChannels)
    }
    table.addDecoder(outputChannels)
    return table.parameters
  }
}

private struct ParameterTable {
  let architecture: UNetArchitecture
  private(set) var parameters: [Parameter] = []

  init(architecture: UNetArchitecture) { self.architecture = architecture }

  private mutating func add(_ name: String, _ shape: [Int]) { parameters.append(Parameter(name: name, shape: shape)) }

  private func spatial(_ size: [Int]) -> [Int] { Array(size.suffix(architecture.dimensions)) }

  private mutating func addBlock(_ name: String, _ inputs: Int, _ outputs: Int, _ kernel: [Int], bias: Bool) {
    add("\(name).conv.weight", [outputs, inputs] + spatial(kernel))
    if bias { add("\(name).conv.bias", [outputs]) }
    guard architecture.affineNorm else { return }
    add("\(name).norm.weight", [outputs])
    add("\(name).norm.bias", [outputs])
  }

  mutating func addPlainEncoder(_ inputChannels: Int) {
    var inputs = inputChannels
    for s in 0..<architecture.stages {
      let outputs = architecture.featuresPerStage[s]
      for i in 0..<architecture.blocksPerStage[s] {
        addBlock(
          "encoder.stages.\(s).0.convs.\(i)", inputs, outputs, architecture.kernelSizes[s],
          bias: architecture.convolutionBias)
        inputs = outputs
      }
    }
  }

  mutating func addResidualEncoder(_ inputChannels: Int) {
    let bias = architecture.convolutionBias
    var inputs = architecture.featuresPerStage[0]
    addBlock("encoder.stem.convs.0", inputChannels, inputs, architecture.kernelSizes[0], bias: bias)
    for s in 0..<architecture.stages {
      let outputs = architecture.featuresPerStage[s]
      for i in 0..<architecture.blocksPerStage[s] {
        let name = "encoder.stages.\(s).blocks.\(i)"
        addBlock("\(name).conv1", inputs, outputs, architecture.kernelSizes[s], bias: bias)
        addBlock("\(name).conv2", outputs, outputs, architecture.kernelSizes[s], bias: bias)
        if inputs != outputs {
          let strided = i == 0 && architecture.strides[s] != [1, 1, 1]
          addBlock("\(name).skip.\(strided ? 1 : 0)", inputs, outputs, [1, 1, 1], bias: false)
        }
        inputs = outputs
      }
    }
  }

  mutating func addDecoder(_ outputChannels: Int) {
    let bias = architecture.convolutionBias
    for d in 0..<architecture.stages - 1 {
      let level = architecture.stages - 2 - d
      let features = architecture.featuresPerStage[level]
      for i in 0..<architecture.convolutionsPerDecoderStage[d] {
        addBlock(
          "decoder.stages.\(d).convs.\(i)", i == 0 ? 2 * features : features, features, architecture.kernelSizes[level],
          bias: bias)
      }
    }
    for d in 0..<architecture.stages - 1 {
      let level = architecture.stages - 2 - d
      let below = architecture.featuresPerStage[level + 1]
      let features = architecture.featuresPerStage[level]
      add("decoder.transpconvs.\(d).weight", [below, features] + spatial(architecture.strides[level + 1]))
      if bias { add("decoder.transpconvs.\(d).bias", [features]) }
    }
    for d in 0..<architecture.stages - 1 {
      let features = architecture.featuresPerStage[architecture.stages - 2 - d]
      add("decoder.seg_layers.\(d).weight", [outputChannels, features] + spatial([1, 1, 1]))
      add("decoder.seg_layers.\(d).bias", [outputChannels])
    }
  }
}
