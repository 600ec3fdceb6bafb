/// The planner of the first nnU-Net paper: 2D from 256 x 256 at batch 42, 3D from 128^3 at batch 2, 30 features doubled at every
/// max pooling, a cascade when the median image is more than four patches large.
///
/// Source: Isensee et al., "nnU-Net: Self-adapting Framework for U-Net-Based Medical Image Segmentation", arXiv 1809.10486,
/// section 2. Where the paper is silent: an axis with fewer poolings pools in the last stages and features are capped at 320
/// (3D) and 480 (2D), both as in the code published with it; a patch that is too large is shortened step by step along the axis
/// that is longest compared with the median image.
public struct PaperPlanner: Sendable {
  /// Name of the plans.
  public static let plansName = "paperPlans"
  /// Name written under `experiment_planner_used`.
  public static let plannerName = "PaperPlanner"

  /// Voxels of a 3D patch at batch 2, 128^3.
  static let volume = 128 * 128 * 128
  /// Pixels of a 2D patch at batch 42, 256 x 256.
  static let area = 256 * 256
  /// A median image larger than this many 3D patches gets a low resolution and a cascade.
  static let cascadeTrigger = 4
  /// Largest share of the data set's voxels that one batch may hold.
  static let largestBatchShare = 0.05

  let inputs: PlanningInputs

  /// For a data set.
  public init(dataset: DatasetDescription, fingerprint: DatasetFingerprint) throws(PlanningError) {
    inputs = try PlanningInputs(dataset: dataset, fingerprint: fingerprint)
  }

  /// The plans, in nnU-Net v2's layout; `architecture` says `"pool": "max"`, which nnU-Net itself does not build.
  public func plans(datasetName: String) throws(PlanningError) -> Plans {
    let target = inputs.targetSpacing(lowersCoarseAxis: false)
    let order = inputs.axisOrder(for: target)
    let spacing = order.reordered(target)
    let median = order.reordered(try inputs.medianShape(at: target))
    let voxels = median.reduce(1, *) * Double(inputs.trainingCount)
    var configurations = [plane(Array(spacing[1...]), Array(median[1...]), voxels)]
    if median[0] > 1 { configurations += volumes(spacing, median) }
    return try inputs.plans(
      datasetName: datasetName, plansName: Self.plansName, planner: Self.plannerName, order: order,
      configurations: configurations)
  }

  /// The plane of the two finest axes, whole; the batch takes what 42 squares of 256 take.
  private func plane(_ spacing: [Double], _ median: [Double], _ voxels: Double) -> JSONValue.Member {
    let pooling = PaperPooling(size: median.map { Int($0.rounded(.up)) }, most: 6)
    let planned = configuration(
      "2d", spacing, median, pooling, voxels, batch: 42 * Self.area / pooling.patch.reduce(1, *))
    return .init("2d", planned.adding([.init("batch_dice", .bool(true))]))
  }

  private func volumes(_ spacing: [Double], _ median: [Double]) -> [JSONValue.Member] {
    guard median.reduce(1, *) > Double(Self.cascadeTrigger * Self.volume) else {
      return [.init("3d_fullres", block("3d_fullres", spacing, median).adding([.init("batch_dice", .bool(false))]))]
    }
    let low = lowResolution(spacing, median)
    let next = JSONValue.Member("next_stage", .string("3d_cascade_fullres"))
    return [
      .init(
        "3d_lowres", block("3d_lowres", low.spacing, low.median).adding([.init("batch_dice", .bool(false)), next])),
      .init("3d_fullres", block("3d_fullres", spacing, median).adding([.init("batch_dice", .bool(true))])),
      .init(
        "3d_cascade_fullres",
        .object([.init("inherits_from", .string("3d_fullres")), .init("previous_stage", .string("3d_lowres"))])),
    ]
  }

  private func block(_ name: String, _ spacing: [Double], _ median: [Double]) -> PlannedConfiguration {
    let pooling = PaperPooling(limiting: median.map { Int($0.rounded(.up)) }, to: Self.volume, most: 5)
    let voxels = median.reduce(1, *) * Double(inputs.trainingCount)
    return configuration(
      name, spacing, median, pooling, voxels, batch: 2 * Self.volume / pooling.patch.reduce(1, *))
  }

  /// Doubles the spacing, of the finer axes alone while some are at most half the coarsest, until four patches cover the image.
  func lowResolution(_ spacing: [Double], _ median: [Double]) -> (spacing: [Double], median: [Double]) {
    var low = (spacing: spacing, median: median)
    while low.median.reduce(1, *) > Double(Self.cascadeTrigger * Self.volume) {
      let coarsest = low.spacing.max() ?? 0
      let fine = low.spacing.map { $0 <= coarsest / 2 }
      for axis in low.spacing.indices where fine[axis] || !fine.contains(true) { low.spacing[axis] *= 2 }
      low.median = spacing.indices.map {
        max(1, (spacing[$0] / low.spacing[$0] * median[$0]).rounded(.toNearestOrEven))
      }
    }
    return low
  }

  private func configuration(
    _ name: String, _ spacing: [Double], _ median: [Double], _ pooling: PaperPooling, _ voxels: Double, batch: Int
  ) -> PlannedConfiguration {
    let patchVoxels = Double(pooling.patch.reduce(1, *))
    let byData = (voxels * Self.largestBatchShare / patchVoxels).rounded(.toNearestOrEven)
    let stages = pooling.strides.count
    let cap = spacing.count == 3 ? 320 : 480
    let two = [Int](repeating: 2, count: stages)
    return PlannedConfiguration(
      dataIdentifier: "\(Self.plansName)_\(name)", batchSize: max(2, min(batch, Int(min(byData, 1e9)))),
      patch: pooling.patch, median: median, medianIsWhole: false, spacing: spacing, schemes: inputs.schemes,
      masks: masks, labelResampling: ResamplingRecipe(isSegmentation: true, order: .nearest),
      network: NetworkDescription(
        className: "PlainConvUNet", features: (0..<stages).map { .integer(min(30 << $0, cap)) },
        kernelSizes: .matrix(two.map { _ in spacing.map { _ in 3 } }), strides: .matrix(pooling.strides),
        blocksKey: "n_conv_per_stage", blocks: .list(two), decoder: .list(Array(two.dropLast())),
        dimensions: spacing.count, pool: "max"))
  }

  /// "A quarter or more": exactly a quarter counts, unlike in the code.
  private var masks: [Bool] {
    let crops = inputs.fingerprint.medianRelativeSizeAfterCropping <= PlanningInputs.maskThreshold
    return inputs.schemes.map { crops && $0.plansMask }
  }
}

/// How often each axis is halved: until it is shorter than 8, at most `most` times.
struct PaperPooling {
  /// The size rounded up until every halving divides it.
  let patch: [Int]
  /// One stride a stage and axis; the first stage's are 1. An axis with fewer halvings is halved in the last stages.
  let strides: [[Int]]

  init(size: [Int], most: Int) {
    let pools = size.map { Self.pools($0, most) }
    patch = zip(size, pools).map { length, pools in ((length + (1 << pools) - 1) >> pools) << pools }
    let deepest = pools.max() ?? 0
    strides = [size.map { _ in 1 }] + (0..<deepest).map { step in pools.map { deepest - $0 <= step ? 2 : 1 } }
  }

  /// The size, or with its proportions kept as much of it as has at most `volume` voxels.
  init(limiting median: [Int], to volume: Int, most: Int) {
    var pooling = PaperPooling(size: median, most: most)
    // A median image that fits is the patch, rounded up until every halving divides it.
    guard median.reduce(1, *) > volume else {
      self = pooling
      return
    }
    while pooling.patch.reduce(1, *) > volume {
      let ratios = zip(pooling.patch, median).map { Double($0) / Double($1) }
      // An axis that is one voxel short already cannot give more.
      let axes = ratios.indices.reversed().filter { pooling.patch[$0] > 1 << Self.pools(pooling.patch[$0], most) }
      let axis = axes.max { ratios[$0] < ratios[$1] } ?? 0
      var size = pooling.patch
      size[axis] -= 1 << Self.pools(size[axis], most)
      pooling = PaperPooling(size: size, most: most)
    }
    self = pooling
  }

  static func pools(_ length: Int, _ most: Int) -> Int {
    var (length, pools) = (length, 0)
    while length >= 8, pools < most { (length, pools) = (length / 2, pools + 1) }
    return pools
  }
}
