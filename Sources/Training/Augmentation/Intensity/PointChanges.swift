internal import Foundation

// Changes of each voxel on its own. Formulas of batchgeneratorsv2.
extension ChannelVoxels {
  /// Adds normal noise of standard deviation `sigma`.
  package func addNoise(sigma: Double, from random: inout RandomSource) {
    for i in voxels.indices { voxels[i] += Float(sigma * random.normal()) }
  }

  /// `x m`.
  package func multiply(by factor: Double) {
    let factor = Float(factor)
    apply { $0 * factor }
  }

  /// `(x - mean) m + mean`, kept within the range it had.
  package func changeContrast(by factor: Double) {
    let (least, most) = range
    let (mean, factor) = (Float(mean), Float(factor))
    apply { min(max(($0 - mean) * factor + mean, least), most) }
  }

  /// `((x - min) / range)^gamma range + min`, then mean and standard deviation as they were; `inverting`: of -x.
  package func changeGamma(_ gamma: Double, inverting: Bool) {
    if inverting { apply { -$0 } }
    let before = mean
    let deviationBefore = deviation(mean: before)
    let (least, most) = range
    let (span, exponent) = (most - least, Float(gamma))
    let scale = 1 / max(span, Self.leastSpan)
    apply { pow(($0 - least) * scale, exponent) * span + least }
    let after = mean
    let stretch = Float(deviationBefore / max(deviation(mean: after), Double(Self.leastSpan)))
    let (shift, sign) = (Float(after), Float(inverting ? -1 : 1))
    apply { sign * (($0 - shift) * stretch + Float(before)) }
  }

  private static let leastSpan: Float = 1e-7
}
