extension Convolution {
  /// The plain twin: the sum as the formula has it, in Double. src `[C, D, H, W]`, weights `[O, C, kz, ky, kx]`,
  /// padding `(k - 1) / 2`; dst `[O, D', H', W']`.
  public static func reference(_ src: Tensor, weights: Tensor, bias: [Float]? = nil, stride: [Int]) -> Tensor {
    let shape = ConvolutionShape(
      sourceLayout: .unpadded(src.shape[0]), outputChannels: weights.shape[0], kernel: Array(weights.shape[2...]),
      stride: stride)
    let extent = Array(src.shape[1...])
    let out = shape.outputExtent(extent)
    var dst = Tensor(shape: [shape.outputChannels] + out)
    var index = 0
    for o in 0..<shape.outputChannels {
      for z in 0..<out[0] {
        for y in 0..<out[1] {
          for x in 0..<out[2] {
            let start = zip([z, y, x], zip(stride, shape.kernel)).map { $0 * $1.0 - $1.1 / 2 }
            let sum = referenceSum(src, extent, weights, o, start, shape.kernel)
            dst.elements[index] = Float(sum + Double(bias?[o] ?? 0))
            index += 1
          }
        }
      }
    }
    return dst
  }

  private static func referenceSum(
    _ src: Tensor, _ extent: [Int], _ weights: Tensor, _ o: Int, _ start: [Int], _ kernel: [Int]
  ) -> Double {
    var sum = 0.0
    for c in 0..<src.shape[0] {
      for a in 0..<kernel[0] where (0..<extent[0]).contains(start[0] + a) {
        for b in 0..<kernel[1] where (0..<extent[1]).contains(start[1] + b) {
          for d in 0..<kernel[2] where (0..<extent[2]).contains(start[2] + d) {
            let voxel = ((c * extent[0] + start[0] + a) * extent[1] + start[1] + b) * extent[2] + start[2] + d
            let tap = (((o * src.shape[0] + c) * kernel[0] + a) * kernel[1] + b) * kernel[2] + d
            sum += Double(src.elements[voxel]) * Double(weights.elements[tap])
          }
        }
      }
    }
    return sum
  }
}
