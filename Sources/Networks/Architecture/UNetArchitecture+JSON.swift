public import Foundation

extension UNetArchitecture {
  /// From a plan: the `architecture` object of a configuration (nnU-Net 2.3 and later), a configuration that contains one, or a
  /// configuration with the keys of nnU-Net 2.0 to 2.2 (`UNet_class_name`, `conv_kernel_sizes`, ...). Python's NaN and
  /// Infinity are read. Whatever this engine does not run, and every key it does not know, is refused by name.
  public init(json: Data) throws(NetworkError) {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    guard case .object(let object)? = try? decoder.decode(JSONValue.self, from: json) else {
      throw .malformedArchitecture(key: "architecture", problem: "is not a JSON object")
    }
    if case .object(let inner)? = object["architecture"] {
      self = try Self.current(PlanObject(inner))
    } else if object["UNet_class_name"] != nil {
      self = try Self.legacy(PlanObject(object))
    } else {
      self = try Self.current(PlanObject(object))
    }
  }

  private static func current(_ object: PlanObject) throws(NetworkError) -> UNetArchitecture {
    let kind = try object.kind("network_class_name")
    guard case .object(let values)? = object.values["arch_kwargs"] else {
      throw .malformedArchitecture(key: "arch_kwargs", problem: "is missing or not an object")
    }
    let kwargs = PlanObject(values)
    try kwargs.refuseUnknownKeys(of: kind)
    try kwargs.refuseUnusualParts()
    let blocks = kind == .plainConvUNet ? "n_conv_per_stage" : "n_blocks_per_stage"
    let stages = try kwargs.integer("n_stages")
    guard (2...mostStages).contains(stages) else {
      throw .unsupportedArchitecture(key: "n_stages", found: "\(stages)", expected: "2 to \(mostStages)")
    }
    let dimensions = try kwargs.dimensions()
    let norm = try kwargs.object("norm_op_kwargs")
    try norm.refuseKeys(except: ["eps", "affine"], of: "norm_op_kwargs")
    let nonlin = try kwargs.object("nonlin_kwargs")
    try nonlin.refuseKeys(except: ["inplace", "negative_slope"], of: "nonlin_kwargs")
    return try UNetArchitecture(
      kind: kind, dimensions: dimensions, featuresPerStage: kwargs.integers("features_per_stage", stages),
      kernelSizes: kwargs.sizes("kernel_sizes", stages, dimensions),
      strides: kwargs.sizes("strides", stages, dimensions),
      blocksPerStage: kwargs.integers(blocks, stages),
      convolutionsPerDecoderStage: kwargs.integers("n_conv_per_stage_decoder", stages - 1),
      convolutionBias: kwargs.bool("conv_bias", default: false), affineNorm: norm.bool("affine", default: false),
      epsilon: norm.number("eps", default: 1e-5), negativeSlope: Float(nonlin.number("negative_slope", default: 0.01)),
      downsampling: kwargs.downsampling()
    ).checked()
  }

  private static func legacy(_ object: PlanObject) throws(NetworkError) -> UNetArchitecture {
    let kind = try object.kind("UNet_class_name")
    guard case .array(let kernels)? = object.values["conv_kernel_sizes"], (2...mostStages).contains(kernels.count),
      case .array(let first)? = kernels.first
    else { throw .malformedArchitecture(key: "conv_kernel_sizes", problem: "is missing or not a list of lists") }
    let stages = kernels.count
    let base = try object.integer("UNet_base_num_features")
    let most = try object.integer("unet_max_num_features")
    guard (1...mostFeatures).contains(base), (1...mostFeatures).contains(most) else {
      throw .unsupportedArchitecture(key: "UNet_base_num_features", found: "\(base)", expected: "1 to \(mostFeatures)")
    }
    return try UNetArchitecture(
      kind: kind, dimensions: first.count, featuresPerStage: (0..<stages).map { min(base << $0, most) },
      kernelSizes: object.sizes("conv_kernel_sizes", stages, first.count),
      strides: object.sizes("pool_op_kernel_sizes", stages, first.count),
      blocksPerStage: object.integers("n_conv_per_stage_encoder", stages),
      convolutionsPerDecoderStage: object.integers("n_conv_per_stage_decoder", stages - 1)
    ).checked()
  }
}
