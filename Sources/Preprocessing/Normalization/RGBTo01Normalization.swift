/// Divides by 255; values outside 0...255 are an error, as they show that the channel is no 8-bit colour.
struct RGBTo01Normalization: Normalization {
  let needsMask = false

  func normalize(_ voxels: inout [Float], inside mask: [Bool]?) throws(NormalizationError) {
    guard let range = ValueRange(of: voxels) else { return }
    guard range.lowest >= 0, range.highest <= 255 else {
      throw .notRGB(lowest: range.lowest, highest: range.highest)
    }
    for index in voxels.indices { voxels[index] /= 255 }
  }
}
