/// How well a prediction agrees with a reference on one label, or on a region made of several.
public struct OverlapScore: Sendable, Equatable {
  /// The label, or the labels whose union is meant.
  public let labels: [UInt16]
  /// Voxels that both have.
  public let truePositives: Int
  /// Voxels that only the prediction has.
  public let falsePositives: Int
  /// Voxels that only the reference has.
  public let falseNegatives: Int
  /// Voxels that neither has.
  public let trueNegatives: Int
  /// The larger 95th percentile of the distances between the surfaces, mm; nil unless both have voxels.
  public let hd95: Double?
  /// Share of both surfaces within the tolerance of the other; 0 if only one has voxels, nil if neither has.
  public let nsd: Double?
  /// Volume in the prediction, ml.
  public let volume: Double
  /// Volume in the reference, ml.
  public let referenceVolume: Double
  /// Mean position in the prediction, mm, LPS; nil if it has no voxel.
  public let centroid: SIMD3<Double>?
  /// Mean position in the reference, mm, LPS; nil if it has no voxel.
  public let referenceCentroid: SIMD3<Double>?

  /// `2 TP / (2 TP + FP + FN)`; nil if neither has voxels (nnU-Net's evaluator says NaN).
  public var dice: Double? { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }
  /// `TP / (TP + FP + FN)`; nil if neither has voxels.
  public var iou: Double? { ratio(truePositives, truePositives + falsePositives + falseNegatives) }

  private func ratio(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}

/// Two label maps that should be compared lie on different grids.
public struct GridMismatch: Error, CustomStringConvertible, Sendable {
  /// The prediction's grid.
  public let prediction: Geometry
  /// The reference's grid.
  public let reference: Geometry

  /// The two grids that should have been one.
  public init(prediction: Geometry, reference: Geometry) {
    self.prediction = prediction
    self.reference = reference
  }

  /// Both shapes and how far apart corresponding corners are.
  public var description: String {
    let apart = prediction.largestDisplacement(from: reference)
    return
      "prediction \(prediction.shape) and reference \(reference.shape) are not on one grid (corners up to \(apart) mm "
      + "apart); resample the reference onto the prediction's grid first"
  }
}
