import Foundation

/// How a voxel's outputs become its label.
///
/// A voxel has one winning head, numbered from 0 for classes; for regions from 1, as 0 stands for "none".
enum Heads: Sendable, Equatable {
  /// The head with the largest value wins, the first of equals; head `i` is label `i`.
  case classes(count: Int)
  /// The last head whose probability exceeds one half wins and writes its label.
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

  /// The label that each winner writes.
  var labels: [UInt16] {
    switch self {
    case .classes(let count): (0..<count).map { UInt16($0) }
    case .regions(let writes): [0] + writes
    }
  }

  /// One more than the largest label that can be written.
  var labelBound: Int { Int(labels.max() ?? 0) + 1 }

  /// The winner of one voxel; `value(head)` is its logit (`threshold` 0) or probability (`threshold` 0.5).
  func winner<Value: BinaryFloatingPoint>(threshold: Value, _ value: (Int) -> Value) -> Int {
    switch self {
    case .classes(let count):
      var best = 0
      for head in 1..<max(count, 1) where value(head) > value(best) { best = head }
      return best
    case .regions(let writes):
      return (writes.indices.last { value($0) > threshold } ?? -1) + 1
    }
  }

  /// The rule alone, for inner loops.
  var rule: HeadRule {
    switch self {
    case .classes(let count): HeadRule(count: count, isRegions: false)
    case .regions(let writes): HeadRule(count: writes.count, isRegions: true)
    }
  }
}

/// Who wins, without the labels: what inner loops need of ``Heads``.
struct HeadRule: Sendable {
  let count: Int
  let isRegions: Bool

  /// The winners of sixteen voxels whose head `h` lies at `start + h * stride`; regions win above `threshold`.
  @inline(__always)
  func winners(_ start: UnsafePointer<Float>, stride: Int, threshold: Float = 0) -> SIMD16<Int32> {
    var winners = SIMD16<Int32>()
    guard !isRegions else {
      for head in 0..<count {
        let isIn = Self.load(start + head &* stride) .> SIMD16(repeating: threshold)
        winners.replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: head &+ 1)), where: isIn)
      }
      return winners
    }
    var best = Self.load(start)
    for head in 1..<max(count, 1) {
      let value = Self.load(start + head &* stride)
      let wins = value .> best
      best.replace(with: value, where: wins)
      winners.replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: head)), where: wins)
    }
    return winners
  }

  @inline(__always)
  private static func load(_ start: UnsafePointer<Float>) -> SIMD16<Float> {
    UnsafeRawPointer(start).loadUnaligned(as: SIMD16<Float>.self)
  }
}
