/// Clips to the 0.5th and 99.5th percentile of the training set's foreground, subtracts its mean, divides by its standard
/// deviation. Never masked.
struct CTNormalization: Normalization {
  let lower: Float
  let upper: Float
  let mean: Float
  let divisor: Float
  let needsMask = false

  init(properties: IntensityProperties?) throws(NormalizationError) {
    guard let properties, properties.isFinite else { throw .missingIntensityProperties }
    lower = Float(properties.lowerPercentile)
    upper = Float(properties.upperPercentile)
    mean = Float(properties.mean)
    divisor = Float(max(properties.std, Self.smallestDivisor))
  }

  func normalize(_ voxels: inout [Float], inside mask: [Bool]?) {
    let (lower, upper, mean, divisor) = (lower, upper, mean, divisor)
    voxels.withUnsafeMutableBufferPointer { voxels in
      for index in voxels.indices { voxels[index] = (min(max(voxels[index], lower), upper) - mean) / divisor }
    }
  }
}
