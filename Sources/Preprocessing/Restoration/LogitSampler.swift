/// Reads logits `[K, d, h, w]` at the voxels of a finer (or coarser) grid `[D, H, W]`, linearly along each axis or at the
/// nearest slice, one output slice at a time.
///
/// For an output slice the two input slices around it are first widened along W (`[h, W]`, kept for the next output slice),
/// then blended along D; the caller blends pairs of rows along H. Every step but the widening is a plain vector operation.
struct LogitSampler: Sendable {
  let heads: Int
  let inputShape: [Int]
  let outputShape: [Int]
  let depthTaps: LinearTaps
  let rowTaps: LinearTaps
  private let columnLower: [Int32]
  private let columnUpper: [Int32]
  private let columnFractions: [Float]

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
    columnLower = taps[2].lower.map { Int32($0) }
    columnUpper = taps[2].upper.map { Int32($0) }
    columnFractions = taps[2].fractions.map { Float($0) }
  }

  /// Floats of one widened slice of all heads, `[K, h, W]`.
  var sliceCount: Int { heads * inputShape[1] * outputShape[2] }

  /// Widens input slice `slice` of every head into `target` `[K, h, W]`.
  func widen(_ logits: UnsafePointer<Float>, slice: Int, into target: UnsafeMutablePointer<Float>) {
    let (height, width, newWidth) = (inputShape[1], inputShape[2], outputShape[2])
    columnLower.withUnsafeBufferPointer { lower in
      columnUpper.withUnsafeBufferPointer { upper in
        columnFractions.withUnsafeBufferPointer { fractions in
          for head in 0..<heads {
            for row in 0..<height {
              let line = logits + ((head * inputShape[0] + slice) * height + row) * width
              let result = target + (head * height + row) * newWidth
              for i in 0..<newWidth {
                let low = line[Int(lower[i])]
                result[i] = low + (line[Int(upper[i])] - low) * fractions[i]
              }
            }
          }
        }
      }
    }
  }
}

/// One thread's widened slices and the blend of two of them.
struct SliceCache {
  private let sampler: LogitSampler
  private let logits: UnsafePointer<Float>
  private let slots: [UnsafeMutablePointer<Float>]
  private let blended: UnsafeMutablePointer<Float>
  private var held = [-1, -1]

  init(_ sampler: LogitSampler, _ logits: UnsafePointer<Float>) {
    self.sampler = sampler
    self.logits = logits
    slots = (0..<2).map { _ in .allocate(capacity: sampler.sliceCount) }
    blended = .allocate(capacity: sampler.sliceCount)
  }

  func deallocate() {
    for slot in slots { slot.deallocate() }
    blended.deallocate()
  }

  /// All heads of output slice `index`, still at the input's rows: `[K, h, W]`.
  mutating func slice(_ index: Int) -> UnsafePointer<Float> {
    let taps = sampler.depthTaps
    let (lower, upper) = (taps.lower[index], taps.upper[index])
    let fraction = Float(taps.fractions[index])
    let low = slot(lower, keeping: upper)
    guard fraction > 0 else { return UnsafePointer(low) }
    let high = slot(upper, keeping: lower)
    for element in 0..<sampler.sliceCount {
      blended[element] = low[element] + (high[element] - low[element]) * fraction
    }
    return UnsafePointer(blended)
  }

  private mutating func slot(_ slice: Int, keeping other: Int) -> UnsafeMutablePointer<Float> {
    if let index = held.firstIndex(of: slice) { return slots[index] }
    let index = held[0] == other ? 1 : 0
    sampler.widen(logits, slice: slice, into: slots[index])
    held[index] = slice
    return slots[index]
  }
}
