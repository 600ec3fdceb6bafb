import Tensors

/// Reads logits `[K, d, h, w]` at the voxels of a finer (or coarser) grid `[D, H, W]`, linearly along each axis or at the
/// nearest slice: two input slices are blended along D, two rows of the blend along H, two columns of that along W.
struct LogitSampler: Sendable {
  let heads: Int
  let inputShape: [Int]
  let outputShape: [Int]
  let depthTaps: LinearTaps
  let rowTaps: LinearTaps
  let columns: Columns
  /// The same for decisions, which interpolate nothing where they need not.
  let decisionColumns: DecisionColumns

  /// The columns' taps in the form the inner loops read: sixteen columns at a time, the last block filled up with its last
  /// column. A column blends `lower` and its right neighbour, which may be the repeated edge of the row.
  struct Columns: Sendable {
    let lower: [Int32]
    let fractions: [SIMD16<Float>]

    init(_ taps: LinearTaps) {
      let count = (taps.lower.count + 15) / 16 * 16
      let place: (Int) -> Int = { min($0, taps.lower.count - 1) }
      lower = (0..<count).map { Int32(taps.lower[place($0)]) }
      fractions = stride(from: 0, to: count, by: 16).map { start in
        var lanes = SIMD16<Float>()
        for lane in 0..<16 { lanes[lane] = Float(taps.fractions[place(start + lane)]) }
        return lanes
      }
    }
  }

  init(_ resampler: Resampler, heads: Int) {
    self.heads = heads
    inputShape = resampler.inputShape
    outputShape = resampler.outputShape
    let taps = (0..<3).map { axis in
      let sampling = resampler.sampling(axis)
      let isNearest = resampler.order == .nearest || axis == resampler.separatedAxis
      return isNearest ? LinearTaps(NearestTaps(sampling)) : LinearTaps(sampling)
    }
    (depthTaps, rowTaps) = (taps[0], taps[1])
    columns = Columns(taps[2])
    decisionColumns = DecisionColumns(
      inputs: inputShape[2], lower: taps[2].lower, upper: taps[2].upper, fractions: taps[2].fractions.map { Float($0) })
  }
}

/// All heads of one output slice at the input's rows and columns, and the blend of a pair of its rows. One thread's own.
struct SliceReader {
  private let sampler: LogitSampler
  private let logits: UnsafePointer<Float>
  private let blended: UnsafeMutablePointer<Float>
  /// The blend of the row asked for last, `[K, w + 1]`: its last column stands twice.
  private let row: UnsafeMutablePointer<Float>
  /// A column and its right neighbour for each of sixteen columns of every head, `[K, 16, 2]`.
  private let pairs: UnsafeMutablePointer<UInt64>
  private var slice: UnsafePointer<Float>
  private var headStride = 0

  init(_ sampler: LogitSampler, _ logits: UnsafePointer<Float>) {
    self.sampler = sampler
    self.logits = logits
    let plane = sampler.inputShape[1] * sampler.inputShape[2]
    blended = .allocate(capacity: sampler.depthTaps.isNearest ? 1 : sampler.heads * plane)
    row = .allocate(capacity: sampler.heads * (sampler.inputShape[2] + 1))
    pairs = .allocate(capacity: sampler.heads * 16)
    slice = logits
  }

  func deallocate() {
    blended.deallocate()
    row.deallocate()
    pairs.deallocate()
  }

  /// Moves to output slice `index`.
  mutating func select(slice index: Int) {
    let (taps, plane) = (sampler.depthTaps, sampler.inputShape[1] * sampler.inputShape[2])
    let volume = sampler.inputShape[0] * plane
    let (low, high) = (logits + taps.lower[index] * plane, logits + taps.upper[index] * plane)
    guard taps.fractions[index] > 0 else {
      (slice, headStride) = (low, volume)
      return
    }
    for head in 0..<sampler.heads {
      Self.blend(
        low + head * volume, high + head * volume, Float(taps.fractions[index]), blended + head * plane, plane)
    }
    (slice, headStride) = (UnsafePointer(blended), plane)
  }

  /// Prepares output row `index` of the selected slice for ``read(block:into:)``.
  func blend(row index: Int) {
    let (taps, width) = (sampler.rowTaps, sampler.inputShape[2])
    for head in 0..<sampler.heads {
      let start = slice + head * headStride
      let line = row + head * (width + 1)
      Self.blend(
        start + taps.lower[index] * width, start + taps.upper[index] * width, Float(taps.fractions[index]), line, width)
      line[width] = line[width - 1]
    }
  }

  /// Reads sixteen output columns of the row, from `16 * block` on: head `h` at `target[h]`.
  ///
  /// All pairs are gathered before any is blended, so that no load has to wait for the narrower stores before it.
  @inline(__always)
  func read(block: Int, into target: UnsafeMutablePointer<SIMD16<Float>>) {
    let stride = sampler.inputShape[2] &+ 1
    sampler.columns.lower.withUnsafeBufferPointer { lower in
      for head in 0..<sampler.heads {
        let line = UnsafeRawPointer(row + head &* stride)
        for lane in 0..<16 {
          pairs[head &* 16 &+ lane] = line.loadUnaligned(
            fromByteOffset: Int(lower[block &* 16 &+ lane]) &* 4, as: UInt64.self)
        }
      }
    }
    let fractions = sampler.columns.fractions[block]
    for head in 0..<sampler.heads {
      let both = UnsafeRawPointer(pairs + head &* 16).loadUnaligned(as: SIMD32<Float>.self)
      target[head] = both.evenHalf + (both.oddHalf - both.evenHalf) * fractions
    }
  }

  private static func blend(
    _ low: UnsafePointer<Float>, _ high: UnsafePointer<Float>, _ fraction: Float,
    _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for index in 0..<count { target[index] = low[index] + (high[index] - low[index]) * fraction }
  }
}
