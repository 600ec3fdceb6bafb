internal import Foundation

/// What ``DiceAndCrossEntropy/referenceLoss(logits:targets:)`` gives.
public struct ReferenceLoss: Sendable {
  /// As in ``LossValue``.
  public var value: Double
  /// As in ``LossValue``.
  public var crossEntropy: Double
  /// As in ``LossValue``.
  public var dice: Double
  /// `[sample]`, each `[K * voxels]`.
  public var dlogits: [[Double]]
}

extension DiceAndCrossEntropy {
  /// The plain twin of ``evaluate(logits:targets:weight:)``, in Double and a voxel at a time: `logits[sample]` are `[K * voxels]`.
  public func referenceLoss(logits: [[Double]], targets: [LabelPatch]) -> ReferenceLoss {
    let voxels = targets[0].count
    let probabilities = logits.map { self.probabilities($0, voxels) }
    var sums = LossSums(samples: logits.count, heads: heads)
    for (sample, target) in targets.enumerated() {
      for (voxel, label) in target.values.enumerated() where Int(label) != ignoreLabel {
        sums.countedVoxels += 1
        for head in 0..<heads {
          let u = probabilities[sample][head * voxels + voxel]
          let v = holds(Int(label), head) ? 1.0 : 0
          sums.samples[sample][head].intersection += u * v
          sums.samples[sample][head].predicted += u
          sums.samples[sample][head].marked += v
          sums.crossEntropy -= v == 1 ? log(u) : (regions == nil ? 0 : log(1 - u))
        }
      }
    }
    let slopes = DiceSlopes(sums, loss: self)
    let dlogits = targets.indices.map { gradient(probabilities[$0], targets[$0], slopes, sample: $0) }
    let crossEntropy = sums.crossEntropy * slopes.share
    return ReferenceLoss(
      value: crossEntropy + slopes.dice, crossEntropy: crossEntropy, dice: slopes.dice, dlogits: dlogits)
  }

  private func probabilities(_ logits: [Double], _ voxels: Int) -> [Double] {
    guard regions == nil else { return logits.map { 1 / (1 + exp(-$0)) } }
    var result = logits
    for voxel in 0..<voxels {
      let places = stride(from: voxel, to: logits.count, by: voxels)
      let largest = places.map { logits[$0] }.max() ?? 0
      let sum = places.reduce(0) { $0 + exp(logits[$1] - largest) }
      for place in places { result[place] = exp(logits[place] - largest) / sum }
    }
    return result
  }

  private func gradient(_ u: [Double], _ target: LabelPatch, _ slopes: DiceSlopes, sample: Int) -> [Double] {
    let voxels = target.count
    var result = [Double](repeating: 0, count: u.count)
    for (voxel, label) in target.values.enumerated() where Int(label) != ignoreLabel {
      let v = (0..<heads).map { holds(Int(label), $0) ? 1.0 : 0 }
      let s = (0..<heads).map { slopes.slopes[sample][$0].outside + v[$0] * slopes.slopes[sample][$0].inside }
      let inner = (0..<heads).reduce(0) { $0 + s[$1] * u[$1 * voxels + voxel] }
      for head in 0..<heads {
        let probability = u[head * voxels + voxel]
        let dice = regions == nil ? probability * (s[head] - inner) : probability * (1 - probability) * s[head]
        result[head * voxels + voxel] = dice + slopes.share * (probability - v[head])
      }
    }
    return result
  }
}
