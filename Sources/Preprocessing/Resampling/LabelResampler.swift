/// Resamples label arrays `[D, H, W]` as nnU-Net v2 does with batchgenerators 0.25.5: every label's indicator is interpolated
/// and the largest wins; where several share the largest value, the nearest neighbour's label if it is one of them, else the
/// smallest. Order 0 takes the nearest neighbour.
///
/// Source: batchgenerators `augmentations/utils.py`, `resize_segmentation(seg_tiebreak="nearest")`; scipy
/// `ndimage/src/ni_interpolation.c` for the order of the additions, on which exact ties depend. All in Double.
public struct LabelResampler: Sendable {
  /// `[D, H, W]` of the array handed in.
  public let inputShape: [Int]
  /// `[D, H, W]` of the result.
  public let outputShape: [Int]
  private let nearest: [NearestTaps]
  private let linear: [LinearTaps]
  private let order: ResamplingRecipe.Order
  private let isTorch: Bool

  /// Both shapes have three axes of at least one voxel; the order is nearest or linear. `isTorch`: coordinates in 32 bits, and
  /// the scores compared in thousandths rounded to 16 bits, the smallest label first, as `resample_torch_fornnunet` does.
  public init(
    from inputShape: [Int], to outputShape: [Int], order: ResamplingRecipe.Order, separatedAxis: Int? = nil,
    isTorch: Bool = false
  ) {
    precondition(order != .cubic, "labels are resampled with order 0 or 1")
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.order = order
    self.isTorch = isTorch
    let axes = (0..<3).map {
      AxisSampling(inputs: inputShape[$0], outputs: outputShape[$0], isSinglePrecision: isTorch)
    }
    nearest = axes.map { NearestTaps($0) }
    linear = axes.indices.map { $0 == separatedAxis ? LinearTaps(NearestTaps(axes[$0])) : LinearTaps(axes[$0]) }
  }

  /// The resampled labels, row-major; -1 (outside the nonzero region) is a label like any other.
  public func resample(_ labels: [Int16], threads: Int = Threads.available) -> [Int16] {
    precondition(labels.count == inputShape.reduce(1, *), "the labels must fill the input shape")
    guard inputShape != outputShape else { return labels }
    let plane = outputShape[1] * outputShape[2]
    return [Int16](unsafeUninitializedCapacity: outputShape[0] * plane) { buffer, initialized in
      let target = buffer.baseAddress.unsafelyUnwrapped
      labels.withUnsafeBufferPointer { labels in
        Threads.forEach(outputShape[0], threads: threads) { k in
          (target + k * plane).initialize(repeating: 0, count: plane)
          slice(k, labels, target + k * plane)
        }
      }
      initialized = outputShape[0] * plane
    }
  }

  private func slice(_ k: Int, _ labels: UnsafeBufferPointer<Int16>, _ target: UnsafeMutablePointer<Int16>) {
    var index = 0
    for j in 0..<outputShape[1] {
      for i in 0..<outputShape[2] {
        target[index] = order == .nearest ? neighbour(k, j, i, labels) : vote(k, j, i, labels)
        index += 1
      }
    }
  }

  private func neighbour(_ k: Int, _ j: Int, _ i: Int, _ labels: UnsafeBufferPointer<Int16>) -> Int16 {
    let (z, y, x) = (nearest[0].indices[k], nearest[1].indices[j], nearest[2].indices[i])
    return labels[(z * inputShape[1] + y) * inputShape[2] + x]
  }

  private func vote(_ k: Int, _ j: Int, _ i: Int, _ labels: UnsafeBufferPointer<Int16>) -> Int16 {
    let (height, width) = (inputShape[1], inputShape[2])
    let (z0, z1) = (linear[0].lower[k] * height, linear[0].upper[k] * height)
    let (y0, y1) = (linear[1].lower[j], linear[1].upper[j])
    let (x0, x1) = (linear[2].lower[i], linear[2].upper[i])
    let rows = ((z0 + y0) * width, (z0 + y1) * width, (z1 + y0) * width, (z1 + y1) * width)
    let taps = SIMD8<Int16>(
      labels[rows.0 + x0], labels[rows.0 + x1], labels[rows.1 + x0], labels[rows.1 + x1],
      labels[rows.2 + x0], labels[rows.2 + x1], labels[rows.3 + x0], labels[rows.3 + x1])
    if all(taps .== taps[0]) { return taps[0] }
    return winner(taps, weights(k, j, i), neighbour: neighbour(k, j, i, labels))
  }

  private func winner(_ taps: SIMD8<Int16>, _ weights: SIMD8<Double>, neighbour: Int16) -> Int16 {
    var (best, bestScore, neighbourScore) = (Int16.max, 0.0, 0.0)
    for tap in 0..<8 {
      let label = taps[tap]
      var score = 0.0
      for other in 0..<8 where taps[other] == label { score += weights[other] }
      if isTorch { score = Double(Float16(Float(score) * 1000)) }
      if score > bestScore || (score == bestScore && label < best) { (best, bestScore) = (label, score) }
      if label == neighbour { neighbourScore = score }
    }
    return !isTorch && neighbourScore == bestScore ? neighbour : best
  }

  private func weights(_ k: Int, _ j: Int, _ i: Int) -> SIMD8<Double> {
    let (z, y, x) = (pair(linear[0].fractions[k]), pair(linear[1].fractions[j]), pair(linear[2].fractions[i]))
    return SIMD8(
      z.0 * y.0 * x.0, z.0 * y.0 * x.1, z.0 * y.1 * x.0, z.0 * y.1 * x.1,
      z.1 * y.0 * x.0, z.1 * y.0 * x.1, z.1 * y.1 * x.0, z.1 * y.1 * x.1)
  }

  /// scipy's linear weights: `1 - t`, and what that leaves of 1.
  private func pair(_ fraction: Double) -> (Double, Double) { (1 - fraction, 1 - (1 - fraction)) }
}
