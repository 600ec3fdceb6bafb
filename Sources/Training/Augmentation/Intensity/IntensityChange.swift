/// One change of a patch's intensities, with its parameters.
package enum IntensityChange: Sendable, Equatable {
  /// Normal noise of standard deviation `sigma`, on every channel.
  case noise(sigma: Double)
  /// A Gaussian of `sigma` voxels along D, H, W; 0 leaves an axis alone.
  case blur(channel: Int, sigma: [Double])
  /// Times a factor.
  case brightness(channel: Int, factor: Double)
  /// Away from the mean, within the range.
  case contrast(channel: Int, factor: Double)
  /// As if sampled at `scale` of the resolution along D, H, W.
  case lowResolution(channel: Int, scale: [Double])
  /// A power, mean and deviation kept.
  case gamma(channel: Int, exponent: Double, inverting: Bool)

  /// Changes `patch`; noise draws from `random`.
  package func apply(to patch: inout TrainingPatch, random: inout RandomSource) {
    switch self {
    case .noise(let sigma):
      for channel in 0..<patch.channels { patch.change(channel: channel) { $0.addNoise(sigma: sigma, from: &random) } }
    case .blur(let channel, let sigma): patch.change(channel: channel) { $0.blur(sigma: sigma) }
    case .brightness(let channel, let factor): patch.change(channel: channel) { $0.multiply(by: factor) }
    case .contrast(let channel, let factor): patch.change(channel: channel) { $0.changeContrast(by: factor) }
    case .lowResolution(let channel, let scale): patch.change(channel: channel) { $0.lowerResolution(scale: scale) }
    case .gamma(let channel, let exponent, let inverting):
      patch.change(channel: channel) { $0.changeGamma(exponent, inverting: inverting) }
    }
  }
}
