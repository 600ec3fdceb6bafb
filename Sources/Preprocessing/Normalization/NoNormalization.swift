/// Leaves the intensities as they are.
struct NoNormalization: Normalization {
  let needsMask = false

  func normalize(_ voxels: inout [Float], inside mask: [Bool]?) {}
}
