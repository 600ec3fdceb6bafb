import Synchronization

/// Fills the scan's array with labels: for every slice of the cropped scan, every row, sixteen voxels at a time, the heads are
/// blended along H and compared.
struct Decision {
  typealias Lanes = SIMD16<Float>
  typealias Labels = SIMD16<Int32>

  let sampler: LogitSampler
  let heads: Heads
  let placement: Placement

  /// Slices that one thread does in a row, so that widened slices serve several output slices.
  private static let slicesPerItem = 4

  /// Voxels of each label written.
  func run(_ logits: UnsafePointer<Float>, _ voxels: UnsafeMutablePointer<UInt16>, threads: Int) -> [Int] {
    let depth = sampler.outputShape[0]
    let counts = Mutex([Int](repeating: 0, count: heads.labelBound))
    Threads.forEach((depth + Self.slicesPerItem - 1) / Self.slicesPerItem, threads: threads) { item in
      var cache = SliceCache(sampler, logits)
      var row = RowBuffer(width: sampler.outputShape[2])
      var found = [Int](repeating: 0, count: heads.labelBound)
      for k in item * Self.slicesPerItem..<min((item + 1) * Self.slicesPerItem, depth) {
        let slice = cache.slice(k)
        for j in 0..<sampler.outputShape[1] {
          decide(slice, row: j, into: &row)
          row.write(to: voxels, placement, slice: k, row: j, counting: &found)
        }
      }
      cache.deallocate()
      row.deallocate()
      counts.withLock { total in for label in total.indices { total[label] += found[label] } }
    }
    return counts.withLock { $0 }
  }

  private func decide(_ slice: UnsafePointer<Float>, row: Int, into result: inout RowBuffer) {
    let taps = sampler.rowTaps
    let width = sampler.outputShape[2]
    let headStride = sampler.inputShape[1] * width
    let rows = RowPair(
      low: slice + taps.lower[row] * width, high: slice + taps.upper[row] * width,
      fraction: Float(taps.fractions[row]), headStride: headStride)
    for block in 0..<width / Lanes.scalarCount {
      let labels = rows.labels(heads, column: block &* Lanes.scalarCount)
      result.labels[block] = labels
    }
    for column in width / Lanes.scalarCount * Lanes.scalarCount..<width {
      result.scalars[column] = Int32(heads.label(threshold: 0) { rows.value(head: $0, column: column) })
    }
  }
}

/// Two rows of all heads of a slice, blended on the fly.
private struct RowPair {
  let low: UnsafePointer<Float>
  let high: UnsafePointer<Float>
  let fraction: Float
  /// Floats from one head to the next.
  let headStride: Int

  func value(head: Int, column: Int) -> Float {
    let index = head * headStride + column
    return low[index] + (high[index] - low[index]) * fraction
  }

  @inline(__always)
  private func values(head: Int, column: Int) -> Decision.Lanes {
    let index = head &* headStride &+ column
    let a = UnsafeRawPointer(low + index).loadUnaligned(as: Decision.Lanes.self)
    guard fraction > 0 else { return a }
    let b = UnsafeRawPointer(high + index).loadUnaligned(as: Decision.Lanes.self)
    return a + (b - a) * fraction
  }

  @inline(__always)
  func labels(_ heads: Heads, column: Int) -> Decision.Labels {
    var labels = Decision.Labels()
    switch heads {
    case .classes(let count):
      var best = values(head: 0, column: column)
      for head in 1..<max(count, 1) {
        let value = values(head: head, column: column)
        let wins = value .> best
        best.replace(with: value, where: wins)
        labels.replace(with: Decision.Labels(repeating: Int32(truncatingIfNeeded: head)), where: wins)
      }
    case .regions(let writes):
      for head in 0..<writes.count {
        let isIn = values(head: head, column: column) .> Decision.Lanes()
        labels.replace(with: Decision.Labels(repeating: Int32(writes[head])), where: isIn)
      }
    }
    return labels
  }
}

/// The labels of one row of the cropped scan.
struct RowBuffer {
  let width: Int
  let labels: UnsafeMutablePointer<Decision.Labels>

  init(width: Int) {
    self.width = width
    labels = .allocate(capacity: width / 16 + 1)
    labels.initialize(repeating: Decision.Labels(), count: width / 16 + 1)
  }

  func deallocate() { labels.deallocate() }

  var scalars: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(labels).assumingMemoryBound(to: Int32.self)
  }

  /// Copies the row to its place in the scan and counts its labels.
  func write(
    to voxels: UnsafeMutablePointer<UInt16>, _ placement: Placement, slice: Int, row: Int, counting found: inout [Int]
  ) {
    let strides = placement.strides
    let target = voxels + (placement.start + slice * strides[0] + row * strides[1])
    if strides[2] == 1 {
      for block in 0..<width / 16 {
        UnsafeMutableRawPointer(target + block &* 16).storeBytes(
          of: SIMD16<UInt16>(truncatingIfNeeded: labels[block]), as: SIMD16<UInt16>.self)
      }
      for column in width / 16 * 16..<width { target[column] = UInt16(truncatingIfNeeded: scalars[column]) }
    } else {
      for column in 0..<width { target[column &* strides[2]] = UInt16(truncatingIfNeeded: scalars[column]) }
    }
    count(into: &found)
  }

  private func count(into found: inout [Int]) {
    for block in 0..<width / 16 {
      let first = labels[block][0]
      if labels[block] == Decision.Labels(repeating: first) {
        found[Int(first)] += 16
      } else {
        for lane in 0..<16 { found[Int(labels[block][lane])] += 1 }
      }
    }
    for column in width / 16 * 16..<width { found[Int(scalars[column])] += 1 }
  }
}
