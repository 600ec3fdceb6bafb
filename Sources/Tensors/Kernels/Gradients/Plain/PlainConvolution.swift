/// The plain twin of a convolution and of its gradients, in Double: one list of products, summed into dst, src or weights.
///
/// A transposed convolution is the same list with src and dst exchanged: its src is this one's dst.
public struct PlainConvolution: Sendable {
  /// `[D, H, W]` each.
  public let kernel: [Int]
  /// Steps per axis.
  public let stride: [Int]
  /// Zeros before the first voxel of every axis.
  public let padding: [Int]

  /// Padding `(kernel - 1) / 2`, as in every network nnU-Net plans.
  public init(kernel: [Int], stride: [Int]) {
    self.init(kernel: kernel, stride: stride, padding: kernel.map { ($0 - 1) / 2 })
  }

  private init(kernel: [Int], stride: [Int], padding: [Int]) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// The convolution whose input gradient a transposed convolution of kernel = stride is.
  public static func blocks(_ kernel: [Int]) -> PlainConvolution {
    PlainConvolution(kernel: kernel, stride: kernel, padding: [0, 0, 0])
  }

  /// src `[I, D, H, W]`, weights `[O, I, kz, ky, kx]`, dst `[O, D', H', W']`.
  public func callAsFunction(_ src: WideTensor, weights: WideTensor, bias: [Double]? = nil) -> WideTensor {
    let out = (0..<3).map { axis -> Int in
      let reach = src.shape[axis + 1] + 2 * padding[axis] - kernel[axis]
      return reach / stride[axis] + 1
    }
    var dst = WideTensor(shape: [weights.shape[0]] + out)
    let voxels = out.reduce(1, *)
    if let bias { for i in dst.elements.indices { dst.elements[i] = bias[i / voxels] } }
    forEachProduct(src.shape, dst.shape) { dst.elements[$2] += src.elements[$0] * weights.elements[$1] }
    return dst
  }

  /// What dL/d dst makes of dL/d src, `[I] + extent`.
  public func inputGradient(_ gradient: WideTensor, weights: WideTensor, extent: [Int]) -> WideTensor {
    var src = WideTensor(shape: [weights.shape[1]] + extent)
    forEachProduct(src.shape, gradient.shape) { src.elements[$0] += gradient.elements[$2] * weights.elements[$1] }
    return src
  }

  /// dL/d weights.
  public func weightGradient(_ src: WideTensor, _ gradient: WideTensor) -> WideTensor {
    var weights = WideTensor(shape: [gradient.shape[0], src.shape[0]] + kernel)
    forEachProduct(src.shape, gradient.shape) { weights.elements[$1] += src.elements[$0] * gradient.elements[$2] }
    return weights
  }

  /// dL/d bias: the sum of each channel of `gradient`.
  public static func biasGradient(_ gradient: WideTensor) -> [Double] {
    let voxels = gradient.count / max(1, gradient.shape[0])
    return (0..<gradient.shape[0]).map { gradient.elements[$0 * voxels..<($0 + 1) * voxels].reduce(0, +) }
  }

  // Every (src, weight, dst) index that meets in a product.
  private func forEachProduct(_ src: [Int], _ dst: [Int], _ body: (Int, Int, Int) -> Void) {
    for o in 0..<dst[0] {
      for i in 0..<src[0] {
        for tap in 0..<kernel.reduce(1, *) {
          let offset = [tap / kernel[2] / kernel[1], tap / kernel[2] % kernel[1], tap % kernel[2]]
          forEachVoxel(src, dst, zip(offset, padding).map { $0 - $1 }) { from, to in
            body(
              i * src[1] * src[2] * src[3] + from, (o * src[0] + i) * kernel.reduce(1, *) + tap,
              o * dst[1] * dst[2] * dst[3] + to)
          }
        }
      }
    }
  }

  private func forEachVoxel(_ src: [Int], _ dst: [Int], _ offset: [Int], _ body: (Int, Int) -> Void) {
    for z in 0..<dst[1] {
      let a = z * stride[0] + offset[0]
      guard a >= 0, a < src[1] else { continue }
      for y in 0..<dst[2] {
        let b = y * stride[1] + offset[1]
        guard b >= 0, b < src[2] else { continue }
        for x in 0..<dst[3] {
          let d = x * stride[2] + offset[2]
          guard d >= 0, d < src[3] else { continue }
          body((a * src[2] + b) * src[3] + d, (z * dst[2] + y) * dst[3] + x)
        }
      }
    }
  }
}
