/// A U-Net as nnU-Net's plans describe it. 2D networks are 3D ones whose kernels and strides are 1 along the first axis.
public struct UNetArchitecture: Sendable, Equatable {
  /// The encoder's kind, named as nnU-Net's class.
  public enum Kind: String, Sendable, CaseIterable {
    /// Blocks of convolution, instance norm, LeakyReLU.
    case plainConvUNet = "PlainConvUNet"
    /// The same decoder with an encoder of residual blocks ("ResEnc").
    case residualEncoderUNet = "ResidualEncoderUNet"
  }

  /// How a plain encoder brings the resolution down.
  public enum Downsampling: Sendable {
    /// The stage's first convolution has the stride: every public version of nnU-Net.
    case stridedConvolution
    /// Max pooling over windows of the stride before the stage's convolutions: nnU-Net's first paper. The parameters are the same.
    case maxPooling
  }

  /// Plain or residual encoder.
  public var kind: Kind
  /// 2 or 3: how many axes the checkpoint's kernels have.
  public var dimensions: Int
  /// Channels per stage, highest resolution first.
  public var featuresPerStage: [Int]
  /// Kernel per stage, `[D, H, W]`.
  public var kernelSizes: [[Int]]
  /// How much each stage brings the resolution down, `[D, H, W]`.
  public var strides: [[Int]]
  /// Convolutions (plain) or residual blocks per encoder stage.
  public var blocksPerStage: [Int]
  /// Convolutions per decoder stage, lowest resolution first.
  public var convolutionsPerDecoderStage: [Int]
  /// Whether convolutions and transposed convolutions of the checkpoint have a bias.
  public var convolutionBias: Bool
  /// Whether the instance norms have weight and bias.
  public var affineNorm: Bool
  /// Added to the variance by the instance norms.
  public var epsilon: Double
  /// Of the LeakyReLU.
  public var negativeSlope: Float
  /// What brings the resolution down; residual encoders only have strided convolutions.
  public var downsampling: Downsampling

  /// A network as nnU-Net plans them: norm affine, bias on, slope 0.01, epsilon 1e-5.
  public init(
    kind: Kind, dimensions: Int = 3, featuresPerStage: [Int], kernelSizes: [[Int]], strides: [[Int]],
    blocksPerStage: [Int], convolutionsPerDecoderStage: [Int], convolutionBias: Bool = true, affineNorm: Bool = true,
    epsilon: Double = 1e-5, negativeSlope: Float = 0.01, downsampling: Downsampling = .stridedConvolution
  ) {
    self.kind = kind
    self.dimensions = dimensions
    self.featuresPerStage = featuresPerStage
    self.kernelSizes = kernelSizes
    self.strides = strides
    self.blocksPerStage = blocksPerStage
    self.convolutionsPerDecoderStage = convolutionsPerDecoderStage
    self.convolutionBias = convolutionBias
    self.affineNorm = affineNorm
    self.epsilon = epsilon
    self.negativeSlope = negativeSlope
    self.downsampling = downsampling
  }

  /// Resolution stages, the bottleneck included.
  public var stages: Int { featuresPerStage.count }

  /// By what the spatial size of a window must be divisible, `[D, H, W]`: the product of the strides.
  public var divisor: [Int] { strides.reduce([1, 1, 1]) { total, stride in zip(total, stride).map { $0 * $1 } } }

  /// Spatial size at `stage` for a window of `extent`.
  func extent(_ extent: [Int], atStage stage: Int) -> [Int] {
    strides[...stage].reduce(extent) { size, stride in zip(size, stride).map { $0 / $1 } }
  }

  // Bounds that no planner reaches; a hostile plan must not make us allocate.
  static let mostStages = 16
  static let mostFeatures = 8192
  static let mostBlocks = 64
  static let mostKernel = 15
  static let mostStride = 16

  /// Throws unless every list fits the number of stages and every value is one a network can have.
  func checked() throws(NetworkError) -> UNetArchitecture {
    try check("n_stages", [stages], in: 2...Self.mostStages)
    try check("features_per_stage", featuresPerStage, in: 1...Self.mostFeatures)
    try check("kernel_sizes", kernelSizes.flatMap { $0 }, in: 1...Self.mostKernel)
    try check("strides", strides.flatMap { $0 }, in: 1...Self.mostStride)
    try check("n_conv_per_stage", blocksPerStage, in: 1...Self.mostBlocks)
    try check("n_conv_per_stage_decoder", convolutionsPerDecoderStage, in: 1...Self.mostBlocks)
    for (key, count, expected) in [
      ("kernel_sizes", kernelSizes.count, stages), ("strides", strides.count, stages),
      ("n_conv_per_stage", blocksPerStage.count, stages),
      ("n_conv_per_stage_decoder", convolutionsPerDecoderStage.count, stages - 1),
    ] where count != expected {
      throw .malformedArchitecture(key: key, problem: "\(count) entries for \(expected) stages")
    }
    guard kernelSizes.allSatisfy({ $0.allSatisfy { $0 % 2 == 1 } }) else {
      throw .unsupportedArchitecture(key: "kernel_sizes", found: "\(kernelSizes)", expected: "odd kernels")
    }
    guard strides[0] == [1, 1, 1] else {
      throw .unsupportedArchitecture(key: "strides[0]", found: "\(strides[0])", expected: "a first stage of stride 1")
    }
    guard kind == .plainConvUNet || downsampling == .stridedConvolution else {
      throw .unsupportedArchitecture(key: "pool", found: "max", expected: "conv in a residual encoder")
    }
    return self
  }

  private func check(_ key: String, _ values: [Int], in range: ClosedRange<Int>) throws(NetworkError) {
    if let bad = values.first(where: { !range.contains($0) }) {
      throw .unsupportedArchitecture(key: key, found: "\(bad)", expected: "\(range.lowerBound) to \(range.upperBound)")
    }
  }
}
