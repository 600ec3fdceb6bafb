public import Tensors

/// The loss of a network whose decoder stages all give logits: a weighted sum over its levels.
///
/// Level i, full resolution first, has weight 2^-i, the last 0, and they add to 1; a single level has weight 1. (nnU-Net v2
/// `_build_loss`, where a single level's weight would be 0 / 0.)
public struct DeepSupervision: Sendable, Equatable {
  /// Of each level; they add to 1.
  public let weights: [Double]

  /// For a network of so many levels, `TrainableUNet.levels`.
  public init(levels: Int) {
    precondition(levels > 0, "a network has a level at least")
    let raw = (0..<levels).map { levels > 1 && $0 == levels - 1 ? 0 : 1 / Double(1 << $0) }
    let sum = raw.reduce(0, +)
    weights = raw.map { $0 / sum }
  }

  /// `loss` of each level's logits, `[level][sample]`, against the targets of full resolution, which each level takes the nearest
  /// voxels of. The value's parts are weighted sums too; `overlap` and `dlogits[0]` are full resolution. A level of weight 0 has no
  /// gradient, `[]`.
  public func evaluate(
    _ loss: DiceAndCrossEntropy, logits: [[Tensor]], targets: [LabelPatch]
  ) -> (value: LossValue, dlogits: [[Tensor]]) {
    precondition(logits.count == weights.count && !logits[0].isEmpty, "logits of each level")
    var total = LossValue(value: 0, crossEntropy: 0, dice: 0, dlogits: [], overlap: [])
    var dlogits: [[Tensor]] = []
    for (level, weight) in weights.enumerated() {
      guard weight > 0 else {
        dlogits.append([])
        continue
      }
      let extent = Array(logits[level][0].shape[1...])
      let found = loss.evaluate(
        logits: logits[level], targets: targets.map { $0.nearest(extent) }, weight: weight)
      total.value += weight * found.value
      total.crossEntropy += weight * found.crossEntropy
      total.dice += weight * found.dice
      dlogits.append(found.dlogits)
      if level == 0 { (total.overlap, total.dlogits) = (found.overlap, found.dlogits) }
    }
    return (total, dlogits)
  }
}

extension LabelPatch {
  /// On a grid of `extent` voxels over the same box: each takes the voxel its centre lies in, `floor((i + 0.5) n / m)`.
  public func nearest(_ extent: [Int]) -> LabelPatch {
    guard extent != shape else { return self }
    let places = zip(shape, extent).map { from, to in (0..<to).map { (2 * $0 + 1) * from / (2 * to) } }
    var found: [Int16] = []
    found.reserveCapacity(extent.reduce(1, *))
    for z in places[0] {
      for y in places[1] {
        let row = (z * shape[1] + y) * shape[2]
        for x in places[2] { found.append(values[row + x]) }
      }
    }
    return LabelPatch(shape: extent, values: found)
  }
}
