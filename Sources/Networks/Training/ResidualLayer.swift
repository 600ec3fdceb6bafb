internal import Tensors

/// A `ResidualBlock` under training.
final class ResidualLayer {
  let convolutions: [ConvolutionLayer]
  private let first: ConvolutionLayer
  private let second: ConvolutionLayer
  private let projection: ConvolutionLayer?
  private let stride: [Int]
  private let negativeSlope: Float
  private var dst: [FeatureMap] = []

  init(
    _ name: String, _ architecture: UNetArchitecture, source: ChannelLayout, stage: Int, stride: [Int]
  ) {
    self.stride = stride
    negativeSlope = architecture.negativeSlope
    let outputs = architecture.featuresPerStage[stage]
    let kernel = architecture.kernelSizes[stage]
    first = ConvolutionLayer(
      "\(name).conv1", architecture, source: source, outputs: outputs, kernel: kernel, stride: stride,
      negativeSlope: negativeSlope)
    second = ConvolutionLayer(
      "\(name).conv2", architecture, source: first.layout, outputs: outputs, kernel: kernel, stride: [1, 1, 1],
      negativeSlope: 1)
    if source.channels != outputs {
      projection = ConvolutionLayer(
        stride == [1, 1, 1] ? "\(name).skip.0" : "\(name).skip.1", architecture, source: source, outputs: outputs,
        kernel: [1, 1, 1], stride: [1, 1, 1], negativeSlope: 1)
    } else {
      projection = nil
    }
    convolutions = [first, second] + (projection.map { [$0] } ?? [])
  }

  var layout: ChannelLayout { second.layout }

  func forward(_ src: [FeatureMap], into places: [FeatureMap]?, in workspace: Workspace) -> [FeatureMap] {
    let main = second.forward(first.forward(src, in: workspace), in: workspace)
    var skip = src
    if stride != [1, 1, 1] {
      skip = src.map { map in
        let pooled = workspace.map(extent: AveragePool.outputExtent(map.extent, stride: stride), layout: map.layout)
        AveragePool.pool(map, stride: stride, into: pooled, in: workspace)
        return pooled
      }
    }
    if let projection { skip = projection.forward(skip, in: workspace) }
    dst = main.indices.map { i in
      let map = places?[i] ?? workspace.map(extent: main[i].extent, layout: layout)
      ResidualSum.add(main[i], skip[i], negativeSlope: negativeSlope, into: map, in: workspace)
      return map
    }
    return dst
  }

  func backward(
    _ gradient: [FeatureMap], to destination: ConvolutionLayer.Destination, _ gradients: inout StepGradients,
    in workspace: Workspace
  ) -> [FeatureMap] {
    var ofSum = gradient.indices.map { i in
      let map = workspace.map(extent: dst[i].extent, layout: layout)
      ResidualGradient.leaky(gradient[i], result: dst[i], negativeSlope: negativeSlope, into: map, in: workspace)
      return map
    }
    dst = []
    let inner = second.backward(ofSum, to: .newMaps, keepingGradient: true, &gradients, in: workspace)
    let result = first.backward(inner, to: destination, &gradients, in: workspace)
    if let projection { ofSum = projection.backward(ofSum, to: .newMaps, &gradients, in: workspace) }
    for (skip, to) in zip(ofSum, result) {
      if stride != [1, 1, 1] {
        AveragePool.addGradient(skip, stride: stride, to: to, in: workspace)
      } else {
        ResidualSum.add(to, skip, negativeSlope: 1, into: to, in: workspace)
      }
    }
    return result
  }

  func forget() {
    dst = []
    for layer in convolutions { layer.forget() }
  }
}
