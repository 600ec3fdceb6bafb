extension TransposedConvolution {
  /// The plain twin, in Double: src `[C, D, H, W]`, weights `[C, O, kz, ky, kx]`, stride = kernel; dst
  /// `[O, D * kz, H * ky, W * kx]`.
  public static func reference(_ src: Tensor, weights: Tensor, bias: [Float]? = nil) -> Tensor {
    let kernel = Array(weights.shape[2...])
    let extent = Array(src.shape[1...])
    let out = zip(extent, kernel).map { $0 * $1 }
    let outputs = weights.shape[1]
    var dst = Tensor(shape: [outputs] + out)
    var index = 0
    for o in 0..<outputs {
      for z in 0..<out[0] {
        for y in 0..<out[1] {
          for x in 0..<out[2] {
            var sum = Double(bias?[o] ?? 0)
            let tap = (z % kernel[0] * kernel[1] + y % kernel[1]) * kernel[2] + x % kernel[2]
            for c in 0..<src.shape[0] {
              let voxel = ((c * extent[0] + z / kernel[0]) * extent[1] + y / kernel[1]) * extent[2] + x / kernel[2]
              let weight = weights.elements[(c * outputs + o) * kernel.reduce(1, *) + tap]
              sum += Double(src.elements[voxel]) * Double(weight)
            }
            dst.elements[index] = Float(sum)
            index += 1
          }
        }
      }
    }
    return dst
  }
}
