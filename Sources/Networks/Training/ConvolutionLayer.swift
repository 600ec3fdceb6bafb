internal import Tensors

/// A `ConvolutionBlock` under training: convolution, instance norm, LeakyReLU, for a batch. Keeps what it read and wrote until
/// the way back.
final class ConvolutionLayer {
  let shape: ConvolutionShape
  private let name: String
  private let epsilon: Double
  private let negativeSlope: Float

  private var convolution: Convolution?
  private var norm: InstanceNorm?
  private var normWeight: [Float] = []
  private var wayBack: InputGradient?
  private var src: [FeatureMap] = []
  private var dst: [FeatureMap] = []
  private var sums: [ChannelSums] = []

  /// `name` as in the state dict, `...convs.0`; `negativeSlope` 1 where no LeakyReLU follows.
  init(
    _ name: String, _ architecture: UNetArchitecture, source: ChannelLayout, outputs: Int, kernel: [Int],
    stride: [Int], negativeSlope: Float
  ) {
    self.name = name
    self.negativeSlope = negativeSlope
    epsilon = architecture.epsilon
    shape = ConvolutionShape(sourceLayout: source, outputChannels: outputs, kernel: kernel, stride: stride)
  }

  var layout: ChannelLayout { shape.outputLayout }

  /// Products per src voxel: how long preparing takes, compared with others.
  var weightCount: Int { shape.kernel.reduce(layout.channels * shape.sourceLayout.channels, *) }

  /// Takes the step's parameters for `samples` srcs of `extent`.
  func load(_ parameters: StepParameters, extent: [Int], samples: Int) {
    let made = Convolution(
      weights: parameters.kernel("\(name).conv.weight"), sourceLayout: shape.sourceLayout, stride: shape.stride,
      reusing: convolution)
    made.prepare(extent: extent, samples: samples)
    convolution = made
    normWeight = parameters.vector("\(name).norm.weight") ?? Array(repeating: 1, count: layout.channels)
    norm = InstanceNorm(
      weight: normWeight,
      bias: parameters.vector("\(name).norm.bias") ?? Array(repeating: 0, count: layout.channels), epsilon: epsilon,
      negativeSlope: negativeSlope)
  }

  /// Prepares the way back to dL/d src.
  func loadWayBack(_ parameters: StepParameters) {
    guard let extent = src.first?.extent else { return }
    wayBack = InputGradient(
      weights: parameters.kernel("\(name).conv.weight"), shape: shape, extent: extent,
      samples: src.count, reusing: wayBack)
  }

  /// dst in `places`, or in memory of their own; the norm is left to the reader.
  func forward(_ src: [FeatureMap], into places: [FeatureMap]? = nil, in workspace: Workspace) -> [FeatureMap] {
    guard let convolution, let norm else { preconditionFailure("loaded before") }
    self.src = src
    dst = places ?? src.map { workspace.map(extent: shape.outputExtent($0.extent), layout: layout) }
    sums = convolution(src, into: dst, in: workspace)
    for i in dst.indices { dst[i].pointwise = norm.pointwise(sums[i]) }
    return dst
  }

  /// Where dL/d src goes.
  enum Destination {
    case nowhere
    case newMaps
    case adding(to: [FeatureMap])
  }

  /// From dL/d dst (its memory is used up unless `keepingGradient`) to the parameters' gradients and dL/d src.
  @discardableResult
  func backward(
    _ gradient: [FeatureMap], to destination: Destination, keepingGradient: Bool = false,
    _ gradients: inout StepGradients, in workspace: Workspace
  ) -> [FeatureMap] {
    defer { forget() }
    let convolved = throughNorm(gradient, keepingGradient, &gradients, workspace)
    gradients.write("\(name).conv.weight") {
      WeightGradient(shape)(src, convolved, into: &$0, in: workspace)
    }
    // The norm takes the bias away again.
    gradients.writeZero("\(name).conv.bias")
    let result: [FeatureMap]
    switch destination {
    case .nowhere: return []
    case .newMaps: result = src.map { workspace.map(extent: $0.extent, layout: shape.sourceLayout) }
    case .adding(let maps): result = maps
    }
    guard let wayBack else { preconditionFailure("loaded before") }
    if case .adding = destination {
      wayBack(convolved, into: result, adding: true, in: workspace)
    } else {
      wayBack(convolved, into: result, adding: false, in: workspace)
    }
    return result
  }

  private func throughNorm(
    _ gradient: [FeatureMap], _ keepingGradient: Bool, _ gradients: inout StepGradients, _ workspace: Workspace
  ) -> [FeatureMap] {
    let norm = NormGradient(weight: normWeight, epsilon: epsilon)
    var weight = [Double](repeating: 0, count: layout.channels)
    var bias = weight
    let maps = gradient.indices.map { i in
      keepingGradient || gradient[i].isPart ? workspace.map(extent: dst[i].extent, layout: layout) : gradient[i]
    }
    norm(
      gradient, src: dst, sums: sums, into: maps, weightGradient: &weight, biasGradient: &bias, in: workspace)
    gradients.write("\(name).norm.weight", weight)
    gradients.write("\(name).norm.bias", bias)
    return maps
  }

  /// Gives back the memory of the pass.
  func forget() {
    src = []
    dst = []
    sums = []
  }
}
