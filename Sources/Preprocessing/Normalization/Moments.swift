/// Mean and population standard deviation, summed in Double in two passes.
struct Moments {
  let mean: Double
  let std: Double

  /// Of all values; eight running sums, added at the end, so the order never depends on anything but the length.
  init(of values: [Float]) {
    guard !values.isEmpty else {
      (mean, std) = (0, 0)
      return
    }
    let mean = Self.sum(values) { $0 } / Double(values.count)
    self.mean = mean
    std = (Self.sum(values) { ($0 - mean) * ($0 - mean) } / Double(values.count)).squareRoot()
  }

  /// Of the values where `mask` is true.
  init(of values: [Float], inside mask: [Bool]) {
    var (sum, count) = (0.0, 0)
    for (value, inside) in zip(values, mask) where inside {
      sum += Double(value)
      count += 1
    }
    guard count > 0 else {
      (mean, std) = (0, 0)
      return
    }
    let mean = sum / Double(count)
    var squares = 0.0
    for (value, inside) in zip(values, mask) where inside { squares += (Double(value) - mean) * (Double(value) - mean) }
    self.mean = mean
    std = (squares / Double(count)).squareRoot()
  }

  @inline(__always)
  private static func sum(_ values: [Float], _ term: (SIMD8<Double>) -> SIMD8<Double>) -> Double {
    values.withUnsafeBufferPointer { values in
      var sums = SIMD8<Double>()
      let whole = values.count / 8
      for block in 0..<whole {
        var lanes = SIMD8<Float>()
        for lane in 0..<8 { lanes[lane] = values[block &* 8 &+ lane] }
        sums += term(SIMD8<Double>(lanes))
      }
      var total = sums.sum()
      for index in whole * 8..<values.count { total += term(SIMD8<Double>(repeating: Double(values[index])))[0] }
      return total
    }
  }
}

/// Smallest and largest of some values.
struct ValueRange: Equatable {
  let lowest: Float
  let highest: Float

  init(lowest: Float, highest: Float) {
    self.lowest = lowest
    self.highest = highest
  }

  /// Nil when there are no values.
  init?(of values: [Float]) {
    guard !values.isEmpty else { return nil }
    self = values.withUnsafeBufferPointer { ValueRange(start: $0.baseAddress.unsafelyUnwrapped, count: $0.count) }
  }

  /// Of `count` > 0 values in memory.
  init(start: UnsafePointer<Float>, count: Int) {
    var low = SIMD8<Float>(repeating: start[0])
    var high = low
    let whole = count / 8
    for block in 0..<whole {
      let lanes = UnsafeRawPointer(start + block &* 8).loadUnaligned(as: SIMD8<Float>.self)
      low.replace(with: lanes, where: lanes .< low)
      high.replace(with: lanes, where: lanes .> high)
    }
    var (lowest, highest) = (low.min(), high.max())
    for index in whole * 8..<count { (lowest, highest) = (min(lowest, start[index]), max(highest, start[index])) }
    self.init(lowest: lowest, highest: highest)
  }
}
