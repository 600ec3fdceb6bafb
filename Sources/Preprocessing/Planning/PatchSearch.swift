/// Finds the largest patch whose feature maps fit: starts from the median image cut to a fixed volume, and shortens the axis
/// that is longest compared with the median until the estimate fits.
///
/// Source: nnU-Net v2 `get_plans_for_configuration`.
struct PatchSearch {
  let preset: PlannerPreset
  let memory: Double
  let spacing: [Double]
  let median: [Double]
  let outputs: Int

  struct Result {
    let topology: Topology
    let estimate: Double
  }

  private var dimensions: Int { spacing.count }
  /// Batch size that the reference elements stand for.
  var referenceBatch: Double { dimensions == 3 ? 2 : 12 }
  /// Elements that may be used.
  var reference: Double { preset.referenceElements(dimensions: dimensions) * (memory / preset.referenceMemory) }

  /// Feature maps of each stage: 32, doubled until the cap.
  func features(stages: Int) -> [Int] {
    (0..<stages).map { min(dimensions == 3 ? 320 : 512, 32 << min($0, 16)) }
  }

  func run() -> Result {
    var topology = Topology(spacing: spacing, size: initialPatch())
    var divisors = topology.divisors
    var estimate = estimate(topology)
    while isTooLarge(estimate) {
      var patch = topology.patch
      let axis = longestAxis(patch)
      var shorter = patch
      shorter[axis] -= divisors[axis]
      divisors = Topology(spacing: spacing, size: shorter.map { Double($0) }).divisors
      patch[axis] -= divisors[axis]
      topology = Topology(spacing: spacing, size: patch.map { Double($0) })
      divisors = topology.divisors
      estimate = self.estimate(topology)
    }
    return Result(topology: topology, estimate: estimate)
  }

  /// An isotropic block (in mm) of 256^3 or 2048^2 voxels, no longer than the median image along any axis.
  private func initialPatch() -> [Double] {
    let aspect = spacing.map { 1 / $0 }
    let volume = dimensions == 3 ? 256.0 * 256 * 256 : 2048.0 * 2048
    let scale = Double.root(volume / aspect.reduce(1, *), dimensions)
    return zip(aspect, median).map { min(($0 * scale).rounded(.toNearestOrEven), $1) }
  }

  private func longestAxis(_ patch: [Int]) -> Int {
    let ratios = zip(patch, median).map { Double($0) / $1 }
    return ratios.indices.reversed().max { ratios[$0] < ratios[$1] } ?? 0
  }

  private func estimate(_ topology: Topology) -> Double {
    FeatureMapEstimate(
      preset: preset, features: features(stages: topology.strides.count), strides: topology.strides, outputs: outputs
    ).elements(patch: topology.patch)
  }

  private func isTooLarge(_ estimate: Double) -> Bool {
    preset.isResidual ? estimate > reference : estimate / referenceBatch * 2 > reference
  }
}
