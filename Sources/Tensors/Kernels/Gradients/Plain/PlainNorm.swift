/// The plain twin of instance norm with LeakyReLU and of its gradients, in Double and in two passes.
public struct PlainNorm: Sendable {
  /// Added to the variance.
  public let epsilon: Double
  /// 1 is no LeakyReLU.
  public let negativeSlope: Double

  /// As in the architecture.
  public init(epsilon: Double, negativeSlope: Double) {
    self.epsilon = epsilon
    self.negativeSlope = negativeSlope
  }

  /// dL/d src, dL/d weight, dL/d bias.
  public struct Gradients: Sendable {
    /// dL/d src.
    public var src: WideTensor
    /// dL/d weight, per channel.
    public var weight: [Double]
    /// dL/d bias, per channel.
    public var bias: [Double]
  }

  /// src `[C, D, H, W]`.
  public func callAsFunction(_ src: WideTensor, weight: [Double], bias: [Double]) -> WideTensor {
    var dst = src
    forEachChannel(src) { c, range, mean, deviation in
      for i in range {
        let t = (src.elements[i] - mean) / deviation * weight[c] + bias[c]
        dst.elements[i] = t > 0 ? t : t * negativeSlope
      }
    }
    return dst
  }

  /// What dL/d dst (`gradient`) makes of the gradients (Ioffe, Szegedy 2015, section 3, over one sample).
  public func gradients(
    _ src: WideTensor, weight: [Double], bias: [Double], _ gradient: WideTensor
  ) -> Gradients {
    let channels = src.shape[0]
    var result = Gradients(
      src: src, weight: Array(repeating: 0, count: channels), bias: Array(repeating: 0, count: channels))
    forEachChannel(src) { c, range, mean, deviation in
      for i in range {
        let normal = (src.elements[i] - mean) / deviation
        let t = gradient.elements[i] * (normal * weight[c] + bias[c] > 0 ? 1 : negativeSlope)
        result.bias[c] += t
        result.weight[c] += t * normal
      }
      let count = Double(range.count)
      for i in range {
        let normal = (src.elements[i] - mean) / deviation
        let t = gradient.elements[i] * (normal * weight[c] + bias[c] > 0 ? 1 : negativeSlope)
        result.src.elements[i] =
          weight[c] / deviation * (t - result.bias[c] / count - normal * result.weight[c] / count)
      }
    }
    return result
  }

  private func forEachChannel(
    _ src: WideTensor, _ body: (_ c: Int, _ range: Range<Int>, _ mean: Double, _ deviation: Double) -> Void
  ) {
    let voxels = src.count / max(1, src.shape[0])
    for c in 0..<src.shape[0] {
      let range = c * voxels..<(c + 1) * voxels
      let mean = src.elements[range].reduce(0, +) / Double(voxels)
      let variance = src.elements[range].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(voxels)
      body(c, range, mean, (variance + epsilon).squareRoot())
    }
  }
}
