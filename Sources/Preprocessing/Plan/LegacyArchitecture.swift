/// Rewrites the architecture keys of plans made by nnU-Net 2.0 to 2.2 into the object `architecture` of 2.3 and later.
///
/// Source: nnU-Net 2.8.1 `utilities/plans_handling/plans_handler.py`, `ConfigurationManager.__init__`.
enum LegacyArchitecture {
  static func rewritten(_ json: JSONValue, configuration: String, dimensions: Int) throws(PlansError) -> JSONValue {
    let path = "configurations.\(configuration)."
    guard let className = json["UNet_class_name"]?.text else {
      throw PlansError(path + "architecture", "missing, and the older key UNet_class_name is missing too")
    }
    let layouts = ["PlainConvUNet": "n_conv_per_stage", "ResidualEncoderUNet": "n_blocks_per_stage"]
    guard let blocksKey = layouts[className] else {
      throw PlansError(
        path + "UNet_class_name", "\(className) is unknown; there are PlainConvUNet and ResidualEncoderUNet")
    }
    guard let blocks = json["n_conv_per_stage_encoder"]?.wholeNumbers,
      let base = json["UNet_base_num_features"]?.wholeNumber,
      let most = json["unet_max_num_features"]?.wholeNumber, let kernels = json["conv_kernel_sizes"],
      let strides = json["pool_op_kernel_sizes"], let decoder = json["n_conv_per_stage_decoder"],
      (1...16).contains(blocks.count), (1...4096).contains(base)
    else {
      throw PlansError(
        path + "architecture",
        "missing, and the older keys (n_conv_per_stage_encoder and _decoder, UNet_base_num_features, "
          + "unet_max_num_features, conv_kernel_sizes, pool_op_kernel_sizes) are not all there")
    }
    let features = blocks.indices.map { JSONValue.integer(min(base << $0, most)) }
    return NetworkDescription(
      className: className, features: features, kernelSizes: kernels, strides: strides,
      blocksKey: blocksKey, blocks: .array(blocks.map { .integer($0) }), decoder: decoder, dimensions: dimensions
    ).json
  }
}

/// The object `architecture` as nnU-Net 2.3 and later write it.
struct NetworkDescription {
  let className: String
  let features: [JSONValue]
  let kernelSizes: JSONValue
  let strides: JSONValue
  let blocksKey: String
  let blocks: JSONValue
  let decoder: JSONValue
  let dimensions: Int
  /// `max` where resolution is halved by max pooling; nil, nnU-Net's own layout, where by a stride.
  var pool: String?

  var json: JSONValue {
    let pooling = pool.map { [JSONValue.Member("pool", .string($0))] } ?? []
    let arguments: [JSONValue.Member] = [
      .init("n_stages", .integer(features.count)),
      .init("features_per_stage", .array(features)),
      .init("conv_op", .string("torch.nn.modules.conv.Conv\(dimensions)d")),
      .init("kernel_sizes", kernelSizes),
      .init("strides", strides),
      .init(blocksKey, blocks),
      .init("n_conv_per_stage_decoder", decoder),
      .init("conv_bias", .bool(true)),
      .init("norm_op", .string("torch.nn.modules.instancenorm.InstanceNorm\(dimensions)d")),
      .init("norm_op_kwargs", .object([.init("eps", .real(1e-05)), .init("affine", .bool(true))])),
      .init("dropout_op", .null),
      .init("dropout_op_kwargs", .null),
      .init("nonlin", .string("torch.nn.LeakyReLU")),
      .init("nonlin_kwargs", .object([.init("inplace", .bool(true))])),
    ]
    let imports = ["conv_op", "norm_op", "dropout_op", "nonlin"].map { JSONValue.string($0) }
    return .object([
      .init("network_class_name", .string("dynamic_network_architectures.architectures.unet.\(className)")),
      .init("arch_kwargs", .object(arguments + pooling)),
      .init("_kw_requires_import", .array(imports)),
    ])
  }
}
