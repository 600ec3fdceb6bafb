/// nnU-Net v2's planners: one of ``PlannerPreset`` applied to a data set's fingerprint.
///
/// Source: nnU-Net v2 `default_experiment_planner.py`. Plans equal nnU-Net's key by key.
public struct V2Planner: Sendable {
  /// Which planner.
  public let preset: PlannerPreset
  /// GPU memory to plan for, GB.
  public let memory: Double
  let inputs: PlanningInputs

  /// For a data set.
  public init(
    preset: PlannerPreset = .plain, dataset: DatasetDescription, fingerprint: DatasetFingerprint, memory: Double? = nil
  ) throws(PlanningError) {
    self.preset = preset
    self.memory = memory ?? preset.referenceMemory
    inputs = try PlanningInputs(dataset: dataset, fingerprint: fingerprint)
  }

  /// The plans, in the layout nnU-Net writes. `datasetName` is the data set's folder name, `Dataset004_Hippocampus`.
  public func plans(datasetName: String) throws(PlanningError) -> Plans {
    let target = inputs.targetSpacing(lowersCoarseAxis: true)
    let order = inputs.axisOrder(for: target)
    let spacing = order.reordered(target)
    let median = order.reordered(try inputs.medianShape(at: target))
    let voxels = median.reduce(1, *) * Double(inputs.trainingCount)
    var configurations: [JSONValue.Member] = []
    let plane = configuration("2d", Array(spacing[1...]), Array(median[1...]), voxels)
    configurations.append(.init("2d", plane.adding([.init("batch_dice", .bool(true))])))
    if median[0] != 1 { configurations += volumes(spacing, median, voxels) }
    return try inputs.plans(
      datasetName: datasetName, plansName: preset.plansName, planner: preset.rawValue, order: order,
      configurations: configurations)
  }

  private func volumes(_ spacing: [Double], _ median: [Double], _ voxels: Double) -> [JSONValue.Member] {
    let full = configuration("3d_fullres", spacing, median, voxels)
    guard let low = lowResolution(full, spacing, median) else {
      return [.init("3d_fullres", full.adding([.init("batch_dice", .bool(false))]))]
    }
    return [
      .init(
        "3d_lowres",
        low.adding([.init("batch_dice", .bool(false)), .init("next_stage", .string("3d_cascade_fullres"))])),
      .init("3d_fullres", full.adding([.init("batch_dice", .bool(true))])),
      .init(
        "3d_cascade_fullres",
        .object([.init("inherits_from", .string("3d_fullres")), .init("previous_stage", .string("3d_lowres"))])),
    ]
  }

  /// Smallest share of the median image that a patch must cover, else a low resolution is planned.
  private static let lowResolutionTrigger = 0.25
  /// Factor by which the spacing grows until the patch covers that share.
  private static let spacingStep = 1.03

  /// The low-resolution configuration; nil when the patch sees enough, or when it would be less than half as large.
  private func lowResolution(
    _ full: PlannedConfiguration, _ spacing: [Double], _ median: [Double]
  ) -> PlannedConfiguration? {
    let fullVoxels = median.reduce(1, *)
    var (low, lowSpacing, lowVoxels) = (full, spacing, fullVoxels)
    while Double(low.patch.reduce(1, *)) / lowVoxels < Self.lowResolutionTrigger {
      let coarsest = lowSpacing.max() ?? 0
      let fine = lowSpacing.map { coarsest / $0 > 2 }
      for axis in lowSpacing.indices where fine[axis] || !fine.contains(true) { lowSpacing[axis] *= Self.spacingStep }
      let size = spacing.indices.map { spacing[$0] / lowSpacing[$0] * median[$0] }
      // nnU-Net divides by zero there: an image so thin that its coarse axis is gone before the patch sees enough.
      guard size.allSatisfy({ $0 > 0.5 }) else { return nil }
      lowVoxels = size.reduce(1, *)
      low = configuration(
        "3d_lowres", lowSpacing, size.map { $0.rounded(.toNearestOrEven) }, lowVoxels * Double(inputs.trainingCount),
        medianIsWhole: true)
    }
    return fullVoxels / lowVoxels < 2 ? nil : low
  }

  /// One configuration for a spacing and a median size; `voxels` are those of the whole data set.
  func configuration(
    _ name: String, _ spacing: [Double], _ median: [Double], _ voxels: Double, medianIsWhole: Bool = false
  ) -> PlannedConfiguration {
    let search = PatchSearch(
      preset: preset, memory: memory, spacing: spacing, median: median, outputs: inputs.dataset.numberOfLabelEntries)
    let result = search.run()
    let reference = search.reference
    let byMemory = (reference / result.estimate * search.referenceBatch).rounded(.toNearestOrEven)
    let patchVoxels = Double(result.topology.patch.reduce(1, *))
    let byData = (voxels * preset.largestBatchShare / patchVoxels).rounded(.toNearestOrEven)
    let blocks = preset.encoderBlocks(stages: result.topology.strides.count)
    return PlannedConfiguration(
      dataIdentifier: preset.dataIdentifier(name), batchSize: max(Int(min(byMemory, byData, 1e9)), 2),
      patch: result.topology.patch, median: median, medianIsWhole: medianIsWhole, spacing: spacing,
      schemes: inputs.schemes, masks: inputs.masks,
      network: NetworkDescription(
        className: preset.isResidual ? "ResidualEncoderUNet" : "PlainConvUNet",
        features: search.features(stages: blocks.count).map { .integer($0) },
        kernelSizes: .matrix(result.topology.kernels), strides: .matrix(result.topology.strides),
        blocksKey: preset.isResidual ? "n_blocks_per_stage" : "n_conv_per_stage", blocks: .list(blocks),
        decoder: .list(preset.decoderConvolutions(stages: blocks.count)), dimensions: spacing.count))
  }
}
