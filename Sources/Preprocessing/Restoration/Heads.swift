import Foundation

/// How a voxel's outputs become its label.
enum Heads: Sendable, Equatable {
  /// The head with the largest value wins, the first of equals; head `i` is label `i`.
  case classes(count: Int)
  /// Each head whose probability exceeds one half writes its label, later heads over earlier ones.
  case regions(writes: [UInt16])

  init(_ dataset: DatasetDescription) {
    if dataset.hasRegions {
      self = .regions(writes: (dataset.regionsClassOrder ?? []).map { UInt16($0) })
    } else {
      self = .classes(count: dataset.numberOfHeads)
    }
  }

  var count: Int {
    switch self {
    case .classes(let count): count
    case .regions(let writes): writes.count
    }
  }

  /// One more than the largest label that can be written.
  var labelBound: Int {
    switch self {
    case .classes(let count): count
    case .regions(let writes): Int(writes.max() ?? 0) + 1
    }
  }

  /// The label of one voxel; `value(head)` is its logit (`threshold` 0) or probability (`threshold` 0.5).
  func label<Value: BinaryFloatingPoint>(threshold: Value, _ value: (Int) -> Value) -> UInt16 {
    switch self {
    case .classes(let count):
      var best = 0
      for head in 1..<max(count, 1) where value(head) > value(best) { best = head }
      return UInt16(best)
    case .regions(let writes):
      var label: UInt16 = 0
      for head in writes.indices where value(head) > threshold { label = writes[head] }
      return label
    }
  }

  /// Turns the logits of one voxel into probabilities: soft-max over the classes, or each region's sigmoid.
  func activate(_ voxel: inout [Float]) {
    switch self {
    case .classes:
      let largest = voxel.max() ?? 0
      var sum: Float = 0
      for head in voxel.indices {
        voxel[head] = exp(voxel[head] - largest)
        sum += voxel[head]
      }
      for head in voxel.indices { voxel[head] /= sum }
    case .regions:
      for head in voxel.indices { voxel[head] = 1 / (1 + exp(-voxel[head])) }
    }
  }
}
