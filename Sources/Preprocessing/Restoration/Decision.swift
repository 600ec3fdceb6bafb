import Imaging
import Synchronization

/// Fills the scan's array with labels, slice by slice of the cropped scan, row by row, sixteen voxels at a time. Where the
/// corners of all sixteen agree the label is written at once; elsewhere the heads are interpolated and compared.
struct Decision {
  let sampler: LogitSampler
  let heads: Heads
  let placement: Placement

  /// Slices that one thread does in a row, so that input slices serve several output slices.
  private static let slicesPerItem = 4

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
  private let heads: Heads
  private let labels: [UInt16]
  private let placement: Placement
  private var reader: SliceReader
  private var planes: HeadPlanes
  private var agreement: AgreementRow
  private let row: RowBuffer
  private let rule: HeadRule
  /// Sixteen columns of every head.
  private let block: UnsafeMutablePointer<SIMD16<Float>>
  /// First and last input column of every block of sixteen output columns.
  private let blockEnds: [(Int, Int)]
  /// Voxels of each label so far, in four tables in turn, so that no count waits for the one before it.
  private let found: UnsafeMutablePointer<Int>
  private let labelBound: Int

  init(_ decision: Decision, _ logits: UnsafePointer<Float>) {
    sampler = decision.sampler
    heads = decision.heads
    labels = decision.heads.labels
    placement = decision.placement
    reader = SliceReader(sampler, logits)
    planes = HeadPlanes(heads, sampler, logits)
    agreement = AgreementRow(width: sampler.inputShape[2])
    row = RowBuffer(width: sampler.outputShape[2])
    rule = heads.rule
    block = .allocate(capacity: heads.count)
    block.initialize(repeating: SIMD16(), count: heads.count)
    labelBound = heads.labelBound
    found = .allocate(capacity: 4 * labelBound)
    found.initialize(repeating: 0, count: 4 * labelBound)
    let lower = sampler.columns.lower
    blockEnds = stride(from: 0, to: lower.count, by: 16).map { [width = sampler.inputShape[2]] start in
      (Int(lower[start]), min(Int(lower[start + 15]) + 1, width - 1))
    }
  }

  func addCounts(to total: inout [Int]) {
    for index in 0..<4 * labelBound { total[index % labelBound] += found[index] }
  }

  func deallocate() {
    reader.deallocate()
    planes.deallocate()
    agreement.deallocate()
    row.deallocate()
    block.deallocate()
    found.deallocate()
  }

  mutating func decide(slice k: Int, into voxels: UnsafeMutablePointer<UInt16>) {
    let (taps, width) = (sampler.rowTaps, sampler.inputShape[2])
    let (lower, upper) = (sampler.depthTaps.lower[k], sampler.depthTaps.upper[k])
    reader.select(slice: k)
    let low = planes.plane(lower, keeping: upper)
    let high = planes.plane(upper, keeping: lower)
    agreement.forget()
    for j in 0..<sampler.outputShape[1] {
      let (above, below) = (taps.lower[j] * width, taps.upper[j] * width)
      agreement.compare([low + above, low + below, high + above, high + below])
      decideRow(j)
      row.write(to: voxels, placement, slice: k, row: j)
    }
  }

  private func decideRow(_ j: Int) {
    let width = sampler.outputShape[2]
    var isBlended = false
    for index in 0..<(width + 15) / 16 {
      let (first, last) = blockEnds[index]
      let columns = min(16, width &- index &* 16)
      if let head = agreement.winner(from: first, through: last) {
        let label = labels[Int(head)]
        row.labels[index] = SIMD16(repeating: label)
        found[Int(label)] &+= columns
        continue
      }
      if !isBlended { reader.blend(row: j) }
      isBlended = true
      let decided = decideBlock(index)
      row.labels[index] = decided
      for lane in 0..<columns { found[(lane & 3) &* labelBound &+ Int(decided[lane])] &+= 1 }
    }
  }

  /// The labels of the sixteen columns of a block.
  private func decideBlock(_ index: Int) -> SIMD16<UInt16> {
    reader.read(block: index, into: block)
    let winners = rule.winners(UnsafeRawPointer(block).assumingMemoryBound(to: Float.self), stride: 16)
    guard rule.isRegions else { return SIMD16<UInt16>(truncatingIfNeeded: winners) }
    var result = SIMD16<UInt16>()
    for lane in 0..<16 { result[lane] = labels[Int(winners[lane])] }
    return result
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

  /// Copies the row to its place in the scan and counts its labels.
  func write(
    to voxels: UnsafeMutablePointer<UInt16>, _ placement: Placement, slice: Int, row: Int
  ) {
    let strides = placement.strides
    let target = voxels + (placement.start + slice * strides[0] + row * strides[1])
    let scalars = UnsafeMutableRawPointer(labels).assumingMemoryBound(to: UInt16.self)
    if strides[2] == 1 {
      target.update(from: scalars, count: width)
    } else {
      for column in 0..<width { target[column &* strides[2]] = scalars[column] }
    }
  }
}
