/// One configuration on its way into `plans.json`.
struct PlannedConfiguration {
  let dataIdentifier: String
  let batchSize: Int
  let patch: [Int]
  let median: [Double]
  /// nnU-Net writes the low resolution's median as whole numbers, the others' as real ones.
  let medianIsWhole: Bool
  let spacing: [Double]
  let schemes: [NormalizationScheme]
  let masks: [Bool]
  var labelResampling = ResamplingRecipe.labels
  let network: NetworkDescription

  /// The object with further keys at its end.
  func adding(_ more: [JSONValue.Member]) -> JSONValue {
    .object(
      [
        .init("data_identifier", .string(dataIdentifier)),
        .init("preprocessor_name", .string("DefaultPreprocessor")),
        .init("batch_size", .integer(batchSize)),
        .init("patch_size", .list(patch)),
        .init("median_image_size_in_voxels", medianIsWhole ? .list(median.map { Int($0) }) : .list(median)),
        .init("spacing", .list(spacing)),
        .init("normalization_schemes", .array(schemes.map { .string($0.rawValue) })),
        .init("use_mask_for_norm", .array(masks.map { .bool($0) })),
        .init("resampling_fn_data", .string(ResamplingRecipe.images.function.rawValue)),
        .init("resampling_fn_seg", .string(labelResampling.function.rawValue)),
        .init("resampling_fn_data_kwargs", ResamplingRecipe.images.json),
        .init("resampling_fn_seg_kwargs", labelResampling.json),
        .init("resampling_fn_probabilities", .string(ResamplingRecipe.probabilities.function.rawValue)),
        .init("resampling_fn_probabilities_kwargs", ResamplingRecipe.probabilities.json),
        .init("architecture", network.json),
      ] + more)
  }
}

extension ResamplingRecipe {
  /// The `_kwargs` object.
  var json: JSONValue {
    .object([
      .init("is_seg", .bool(isSegmentation)), .init("order", .integer(order.rawValue)), .init("order_z", .integer(0)),
      .init("force_separate_z", forceSeparateZ.map { .bool($0) } ?? .null),
    ])
  }
}

extension JSONValue {
  static func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
  static func list(_ values: [Double]) -> JSONValue { .array(values.map { .real($0) }) }
  static func matrix(_ rows: [[Int]]) -> JSONValue { .array(rows.map { .list($0) }) }
}
