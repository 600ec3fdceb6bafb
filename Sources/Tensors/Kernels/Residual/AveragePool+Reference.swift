extension AveragePool {
  /// The plain twin, in Double: src `[C, D, H, W]`.
  public static func reference(_ src: Tensor, stride: [Int]) -> Tensor {
    let extent = Array(src.shape[1...])
    let out = outputExtent(extent, stride: stride)
    var dst = Tensor(shape: [src.shape[0]] + out)
    var index = 0
    for c in 0..<src.shape[0] {
      for z in 0..<out[0] {
        for y in 0..<out[1] {
          for x in 0..<out[2] {
            var sum = 0.0
            for a in 0..<stride[0] {
              for b in 0..<stride[1] {
                for d in 0..<stride[2] {
                  let line = (c * extent[0] + z * stride[0] + a) * extent[1] + y * stride[1] + b
                  sum += Double(src.elements[line * extent[2] + x * stride[2] + d])
                }
              }
            }
            dst.elements[index] = Float(sum / Double(stride.reduce(1, *)))
            index += 1
          }
        }
      }
    }
    return dst
  }
}
