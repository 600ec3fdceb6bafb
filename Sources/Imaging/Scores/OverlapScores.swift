/// Scores of a prediction against a reference on the same grid.
public struct OverlapScores: Sendable, Equatable {
  /// One score for each label or region asked for, in that order.
  public let scores: [OverlapScore]
  /// Distance up to which surfaces count as agreeing in ``OverlapScore/nsd``, mm.
  public let tolerance: Double

  /// Scores each label. `ignoring`: voxels where the reference has this label count nowhere (nnU-Net's ignore label).
  /// `surfaces: false` leaves out `hd95` and `nsd`, which take most of the time.
  public init(
    prediction: LabelMap, reference: LabelMap, labels: [UInt16], tolerance: Double = 1, ignoring: UInt16? = nil,
    surfaces: Bool = true
  ) throws(GridMismatch) {
    try self.init(
      prediction: prediction, reference: reference, regions: labels.map { [$0] }, tolerance: tolerance,
      ignoring: ignoring, surfaces: surfaces)
  }

  /// Scores each region, the union of some labels.
  public init(
    prediction: LabelMap, reference: LabelMap, regions: [[UInt16]], tolerance: Double = 1, ignoring: UInt16? = nil,
    surfaces: Bool = true
  ) throws(GridMismatch) {
    guard prediction.geometry.isSameGrid(as: reference.geometry) else {
      throw GridMismatch(prediction: prediction.geometry, reference: reference.geometry)
    }
    let pair = LabelPair(prediction, reference, ignoring: ignoring)
    scores = regions.map { pair.score($0, tolerance: tolerance, surfaces: surfaces) }
    self.tolerance = tolerance
  }
}

/// Two label maps on one grid, with what one pass over both tells.
private struct LabelPair {
  let prediction: LabelMap
  let reference: LabelMap
  private let predicted: [UInt16: LabelStatistics]
  private let referenced: [UInt16: LabelStatistics]
  /// Voxels for each pair of labels, the prediction's in the upper half of the key.
  private var counts: [UInt32: Int] = [:]
  private var ignored = 0

  init(_ prediction: LabelMap, _ reference: LabelMap, ignoring: UInt16?) {
    var (prediction, reference) = (prediction, reference)
    if let ignoring {
      for index in reference.voxels.indices where reference.voxels[index] == ignoring {
        ignored += 1
        prediction.voxels[index] = 0
        reference.voxels[index] = 0
      }
    }
    (self.prediction, self.reference) = (prediction, reference)
    (predicted, referenced) = (prediction.statistics(), reference.statistics())
    var index = 0
    while index < prediction.voxels.count {
      let (a, b, start) = (prediction.voxels[index], reference.voxels[index], index)
      repeat {
        index += 1
      } while index < prediction.voxels.count && prediction.voxels[index] == a
        && reference.voxels[index] == b
      counts[UInt32(a) << 16 | UInt32(b), default: 0] += index - start
    }
  }

  func score(_ region: [UInt16], tolerance: Double, surfaces: Bool) -> OverlapScore {
    var (both, first, second) = (0, 0, 0)
    for (key, count) in counts {
      switch (region.contains(UInt16(key >> 16)), region.contains(UInt16(key & 0xFFFF))) {
      case (true, true): both += count
      case (true, false): first += count
      case (false, true): second += count
      case (false, false): break
      }
    }
    let grid = prediction.geometry
    let a = statistics(predicted, region)
    let b = statistics(referenced, region)
    var distances: SurfaceDistances?
    if surfaces, let a, let b { distances = surfaceDistances(region, a.box.union(b.box)) }
    let onlyOne = (a == nil) != (b == nil)
    return OverlapScore(
      labels: region, truePositives: both, falsePositives: first, falseNegatives: second,
      trueNegatives: grid.count - ignored - both - first - second, hd95: distances?.hausdorff(percentile: 95),
      nsd: distances?.normalizedSurfaceDice(tolerance: tolerance) ?? (surfaces && onlyOne ? 0 : nil),
      volume: a?.volume(in: grid) ?? 0, referenceVolume: b?.volume(in: grid) ?? 0, centroid: a?.centroid(in: grid),
      referenceCentroid: b?.centroid(in: reference.geometry))
  }

  private func statistics(_ found: [UInt16: LabelStatistics], _ region: [UInt16]) -> LabelStatistics? {
    Set(region).compactMap { found[$0] }.reduce(nil as LabelStatistics?) { $0?.merged(with: $1) ?? $1 }
  }

  /// Only the block that holds both masks is looked at: all surfaces lie in it, and beyond it is background.
  private func surfaceDistances(_ region: [UInt16], _ box: Box) -> SurfaceDistances {
    let grid = prediction.geometry
    let masks = [prediction, reference].map { map in grid.cropped(map.voxels, to: box).map { region.contains($0) } }
    return SurfaceDistances(
      masks[0], masks[1], shape: grid.cropped(to: box).shape, spacing: grid.spacing, flat: grid.shape.map { $0 == 1 })
  }
}
