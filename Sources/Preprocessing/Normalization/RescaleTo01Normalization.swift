/// Subtracts the image's smallest value, then divides by the largest that remains.
struct RescaleTo01Normalization: Normalization {
  let needsMask = false

  func normalize(_ voxels: inout [Float], inside mask: [Bool]?) {
    guard let range = ValueRange(of: voxels) else { return }
    let divisor = max(range.highest - range.lowest, Float(Self.smallestDivisor))
    for index in voxels.indices { voxels[index] = (voxels[index] - range.lowest) / divisor }
  }
}
