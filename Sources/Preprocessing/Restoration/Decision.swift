import Imaging
import Synchronization
import Tensors

/// Fills the scan's array with labels, slice by slice of the cropped scan, row by row, in stretches. Where the corners of all
/// cells of a stretch agree its label is written at once; elsewhere the heads are interpolated and compared.
struct Decision {
  let sampler: LogitSampler
  let heads: Heads
  let placement: Placement

  /// Slices that one thread does in a row, so that input slices serve several output slices.
  private static let slicesPerItem = 8

  /// The labels of the whole scan, background outside the box, and the voxels of each label inside it.
  func run(_ logits: UnsafePointer<Float>, threads: Int) -> (voxels: [UInt16], counts: [Int]) {
    let count = placement.geometry.count
    var counts = [Int](repeating: 0, count: heads.labelBound)
    let voxels = [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
      HugePages.request(UnsafeMutableRawBufferPointer(buffer))
      let start = buffer.baseAddress.unsafelyUnwrapped
      if placement.box.shape.reduce(1, *) < count { Self.clear(start, count, threads) }
      counts = fill(start, logits, threads)
      initialized = count
    }
    return (voxels, counts)
  }

  private static func clear(_ start: UnsafeMutablePointer<UInt16>, _ count: Int, _ threads: Int) {
    let chunk = 1 << 20
    Threads.forEach((count + chunk - 1) / chunk, threads: threads) { item in
      (start + item * chunk).initialize(repeating: 0, count: min(chunk, count - item * chunk))
    }
  }

  private func fill(_ voxels: UnsafeMutablePointer<UInt16>, _ logits: UnsafePointer<Float>, _ threads: Int) -> [Int] {
    let depth = sampler.outputShape[0]
    let counts = Mutex([Int](repeating: 0, count: heads.labelBound))
    Threads.forEach((depth + Self.slicesPerItem - 1) / Self.slicesPerItem, threads: threads) { item in
      var worker = SliceDecision(self, logits)
      for k in item * Self.slicesPerItem..<min((item + 1) * Self.slicesPerItem, depth) {
        worker.decide(slice: k, into: voxels)
      }
      counts.withLock { worker.addCounts(to: &$0) }
      worker.deallocate()
    }
    return counts.withLock { $0 }
  }
}

/// One thread's part of a ``Decision``.
private struct SliceDecision {
  private let sampler: LogitSampler
  /// The label of each winner.
  private let labels: UnsafeMutablePointer<UInt16>
  private let placement: Placement
  private let logits: UnsafePointer<Float>
  private let decision: RowDecision
  private var winners: WinnerPlanes
  private let stretches: DecisionStretches
  private let row: RowBuffer
  /// Voxels of each label so far, in four tables in turn, so that no count waits for the one before it.
  private let found: UnsafeMutablePointer<Int>
  private let labelBound: Int

  init(_ decision: Decision, _ logits: UnsafePointer<Float>) {
    sampler = decision.sampler
    labels = .allocate(capacity: decision.heads.labels.count)
    labels.initialize(from: decision.heads.labels, count: decision.heads.labels.count)
    placement = decision.placement
    self.logits = logits
    let rule = decision.heads.rule
    self.decision = RowDecision(heads: rule.count, isRegions: rule.isRegions, columns: sampler.decisionColumns)
    winners = WinnerPlanes(self.decision, shape: sampler.inputShape, logits)
    stretches = DecisionStretches(sampler.decisionColumns)
    row = RowBuffer(width: sampler.outputShape[2])
    labelBound = decision.heads.labelBound
    found = .allocate(capacity: 4 * labelBound)
    found.initialize(repeating: 0, count: 4 * labelBound)
  }

  func addCounts(to total: inout [Int]) {
    for index in 0..<4 * labelBound { total[index % labelBound] += found[index] }
  }

  func deallocate() {
    labels.deallocate()
    winners.deallocate()
    row.deallocate()
    found.deallocate()
  }

  mutating func decide(slice k: Int, into voxels: UnsafeMutablePointer<UInt16>) {
    let (lower, upper) = (sampler.depthTaps.lower[k], sampler.depthTaps.upper[k])
    let low = winners.select(lower, keeping: upper)
    let high = winners.select(upper, keeping: lower)
    let taps = sampler.rowTaps
    let isContiguous = placement.strides[2] == 1
    for j in 0..<sampler.outputShape[1] {
      let (above, below) = (taps.lower[j], taps.upper[j])
      if j == 0 || above != taps.lower[j - 1] || below != taps.upper[j - 1] {
        let corners = [
          winners.row(above, plane: low), winners.row(below, plane: low), winners.row(above, plane: high),
          winners.row(below, plane: high),
        ]
        decision.cut(corners, into: stretches)
      }
      let target = voxels + (placement.start + k * placement.strides[0] + j * placement.strides[1])
      decision.decide(
        rows(k, j), stride: sampler.inputShape.reduce(1, *), stretches, labels: labels,
        into: isContiguous ? target : row.scalars, found: found, labelBound: labelBound)
      if !isContiguous { row.spread(to: target, stride: placement.strides[2]) }
    }
  }

  private func rows(_ k: Int, _ j: Int) -> RowDecision.Rows {
    let (depth, rows, width) = (sampler.depthTaps, sampler.rowTaps, sampler.inputShape[2])
    let size = sampler.inputShape[1] * width
    let (low, high) = (logits + depth.lower[k] * size, logits + depth.upper[k] * size)
    let (above, below) = (rows.lower[j] * width, rows.upper[j] * width)
    return RowDecision.Rows(
      low: (low + above, low + below), high: (high + above, high + below), sliceFraction: Float(depth.fractions[k]),
      rowFraction: Float(rows.fractions[j]))
  }
}

/// The labels of one row of the cropped scan.
struct RowBuffer {
  let width: Int
  let labels: UnsafeMutablePointer<SIMD16<UInt16>>

  init(width: Int) {
    self.width = width
    labels = .allocate(capacity: (width + 15) / 16)
    labels.initialize(repeating: SIMD16(), count: (width + 15) / 16)
  }

  func deallocate() { labels.deallocate() }

  var scalars: UnsafeMutablePointer<UInt16> { UnsafeMutableRawPointer(labels).assumingMemoryBound(to: UInt16.self) }

  /// Copies the row to its place in the scan.
  func write(to voxels: UnsafeMutablePointer<UInt16>, _ placement: Placement, slice: Int, row: Int) {
    let strides = placement.strides
    spread(to: voxels + (placement.start + slice * strides[0] + row * strides[1]), stride: strides[2])
  }

  /// Copies the row to voxels that lie `stride` apart.
  func spread(to target: UnsafeMutablePointer<UInt16>, stride: Int) {
    if stride == 1 {
      target.update(from: scalars, count: width)
    } else {
      for column in 0..<width { target[column &* stride] = scalars[column] }
    }
  }
}
