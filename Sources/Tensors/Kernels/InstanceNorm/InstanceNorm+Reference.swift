extension InstanceNorm {
  /// The plain twin, in two passes and in Double: src `[C, D, H, W]` normalised over its voxels, times weight, plus bias,
  /// then LeakyReLU.
  public static func reference(
    _ src: Tensor, weight: [Float], bias: [Float], epsilon: Double, negativeSlope: Float
  ) -> Tensor {
    var dst = src
    let voxels = src.count / max(1, src.shape[0])
    for c in 0..<src.shape[0] {
      let range = c * voxels..<(c + 1) * voxels
      let mean = src.elements[range].reduce(0.0) { $0 + Double($1) } / Double(voxels)
      let variance = src.elements[range].reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(voxels)
      for i in range {
        let t =
          (Double(src.elements[i]) - mean) / (variance + epsilon).squareRoot() * Double(weight[c]) + Double(bias[c])
        dst.elements[i] = Float(t > 0 ? t : t * Double(negativeSlope))
      }
    }
    return dst
  }
}
