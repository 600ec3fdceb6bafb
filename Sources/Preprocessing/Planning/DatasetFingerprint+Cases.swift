extension DatasetFingerprint {
  /// Foreground voxels that nnU-Net draws of a data set in all, its `10e7`.
  public static let foregroundSamples = 100_000_000

  /// The fingerprint of a data set from those of its cases, in the order of their sorted names.
  ///
  /// - Parameter samples: Foreground voxels to draw in all; nnU-Net's number by default.
  public init(cases: [CaseFingerprint], samples: Int = foregroundSamples) throws(PlanningError) {
    guard let channels = cases.first?.foreground.count, cases.allSatisfy({ $0.foreground.count == channels }) else {
      throw PlanningError("a fingerprint needs at least one case, and the same channels in every case")
    }
    var intensities: [IntensityProperties] = []
    for channel in 0..<channels {
      let sampling = ForegroundSampling(cases: cases, channel: channel, samplesPerCase: samples / cases.count)
      guard let properties = sampling.properties() else {
        throw PlanningError("no case has a voxel labelled above 0; there is nothing to learn")
      }
      intensities.append(properties)
    }
    try self.init(
      spacings: cases.map { $0.spacing }, shapesAfterCrop: cases.map { $0.shapeAfterCrop },
      medianRelativeSizeAfterCropping: Percentile.median(cases.map { $0.relativeSize }) ?? 1, intensities: intensities)
  }
}
