/// Subtracts the image's own mean and divides by its own population standard deviation; with the mask, both are taken inside
/// it and the voxels outside stay what they were (zero).
struct ZScoreNormalization: Normalization {
  let useMask: Bool
  var needsMask: Bool { useMask }

  func normalize(_ voxels: inout [Float], inside mask: [Bool]?) throws(NormalizationError) {
    guard useMask else {
      let moments = Moments(of: voxels)
      let (mean, divisor) = (Float(moments.mean), Float(max(moments.std, Self.smallestDivisor)))
      voxels.withUnsafeMutableBufferPointer { voxels in
        for index in voxels.indices { voxels[index] = (voxels[index] - mean) / divisor }
      }
      return
    }
    guard let mask, mask.count == voxels.count else { throw .missingMask }
    // An image of zeros alone: nothing is inside, and all stays as it is.
    guard mask.contains(true) else { return }
    let moments = Moments(of: voxels, inside: mask)
    let (mean, divisor) = (Float(moments.mean), Float(max(moments.std, Self.smallestDivisor)))
    for index in voxels.indices where mask[index] { voxels[index] = (voxels[index] - mean) / divisor }
  }
}
