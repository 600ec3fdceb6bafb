/// Instance normalisation (Ulyanov, Vedaldi, Lempitsky 2016) over the voxels of one sample, per channel, biased variance,
/// optionally affine, no running statistics; followed by a LeakyReLU. Given the sums, it is a `Pointwise`.
public struct InstanceNorm: Sendable {
  /// Per padded channel; 0 on the padding, so that it stays zero.
  private let weight: [Float]
  private let bias: [Float]
  private let epsilon: Double
  private let negativeSlope: Float

  /// `weight` and `bias` per channel (1 and 0 where the norm is not affine); `negativeSlope` 1 is no LeakyReLU.
  public init(weight: [Float], bias: [Float], epsilon: Double, negativeSlope: Float) {
    let layout = ChannelLayout(groups: [weight.count])
    let padding = [Float](repeating: 0, count: layout.paddedChannels - weight.count)
    self.weight = weight + padding
    self.bias = bias + padding
    self.epsilon = epsilon
    self.negativeSlope = negativeSlope
  }

  /// What the reader of the map these sums were taken over has to apply.
  public func pointwise(_ sums: ChannelSums) -> Pointwise {
    let count = Double(sums.voxels)
    var scale = [Float](repeating: 0, count: weight.count)
    var shift = scale
    for c in weight.indices {
      let mean = sums.sum[c] / count
      let variance = max(0, sums.squares[c] / count - mean * mean)
      let factor = Double(weight[c]) / (variance + epsilon).squareRoot()
      scale[c] = Float(factor)
      shift[c] = Float(Double(bias[c]) - mean * factor)
    }
    return Pointwise(scale: scale, shift: shift, slope: [Float](repeating: negativeSlope, count: weight.count))
  }
}
