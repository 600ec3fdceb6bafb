/// One channel's intensities over the foreground of a data set, as nnU-Net samples them: of every case the same number of
/// voxels, drawn with replacement by a generator that starts anew for every case, the channels one after the other.
///
/// Source: nnU-Net v2 `fingerprint_extractor.py`. The figures equal numpy's to the bit without the samples ever being stored.
struct ForegroundSampling {
  let cases: [CaseFingerprint]
  let channel: Int
  let samplesPerCase: Int

  /// The samples of all cases that have foreground, in order.
  private struct Stream {
    let foreground: [CaseFingerprint.Foreground]
    let channel: Int
    let perCase: Int
    private var caseIndex = -1
    private var remaining = 0
    private var draw: ForegroundDraw?

    init(_ foreground: [CaseFingerprint.Foreground], channel: Int, perCase: Int) {
      self.foreground = foreground
      self.channel = channel
      self.perCase = perCase
    }

    /// Which value of which case comes next.
    mutating func next() -> (caseIndex: Int, value: Int) {
      if remaining == 0 { begin(caseIndex + 1) }
      remaining -= 1
      return (caseIndex, draw?.next() ?? perCase - 1 - remaining)
    }

    private mutating func begin(_ index: Int) {
      caseIndex = index
      remaining = perCase
      draw = nil
      if case .voxels(let values) = foreground[index] {
        draw = ForegroundDraw(count: values.count, channel: channel, perCase: perCase)
      }
    }
  }

  /// Nil when no case has foreground.
  func properties() -> IntensityProperties? {
    let foreground = cases.map { $0.foreground[channel] }.filter { !$0.values.isEmpty }
    let values = foreground.map { $0.values }
    let count = values.count * samplesPerCase
    guard count > 0 else { return nil }
    var drawn = values.map { [Int](repeating: 0, count: $0.count) }
    // numpy joins the cases in double when one of them is an empty list, else in float.
    let moments =
      values.count < cases.count
      ? moments(foreground, &drawn, as: Double.self) : moments(foreground, &drawn, as: Float.self)
    return Self.properties(values, drawn, count: count, moments)
  }

  /// Mean and standard deviation of all samples as numpy gets them in the precision `Value`; counts how often each is drawn.
  private func moments<Value: BinaryFloatingPoint & SIMDScalar>(
    _ foreground: [CaseFingerprint.Foreground], _ drawn: inout [[Int]], as: Value.Type
  ) -> (mean: Double, std: Double) {
    let values = foreground.map { $0.values }
    let count = values.count * samplesPerCase
    var stream = Stream(foreground, channel: channel, perCase: samplesPerCase)
    let sum = PairwiseSum.of(count) { () -> Value in
      let place = stream.next()
      drawn[place.caseIndex][place.value] += 1
      return Value(values[place.caseIndex][place.value])
    }
    let mean = Value(Double(sum) / Double(count))
    stream = Stream(foreground, channel: channel, perCase: samplesPerCase)
    let squares = PairwiseSum.of(count) { () -> Value in
      let place = stream.next()
      let distance = Value(values[place.caseIndex][place.value]) - mean
      return distance * distance
    }
    return (Double(mean), Double(Value(Double(squares) / Double(count)).squareRoot()))
  }

  private static func properties(
    _ values: [[Float]], _ drawn: [[Int]], count: Int, _ moments: (mean: Double, std: Double)
  ) -> IntensityProperties? {
    let sorted = OrderedCounts(
      zip(values, drawn).flatMap { zip($0, $1).compactMap { $1 > 0 ? ($0, $1) : nil } })
    let percentile: (Double) -> Double = { percent in
      Percentile.linear(count: count, percent) { Double(sorted[$0]) }
    }
    return IntensityProperties(
      mean: moments.mean, std: moments.std, lowerPercentile: percentile(0.5), upperPercentile: percentile(99.5),
      median: percentile(50), min: Double(sorted[0]), max: Double(sorted[count - 1]))
  }
}

/// The draws of one case and channel, as indices into its foreground.
struct ForegroundDraw {
  private static let seed: UInt32 = 1234
  private var generator = MersenneTwister(seed: ForegroundDraw.seed)
  private let last: UInt32

  /// `count` > 0 values; the draws of earlier channels come first.
  init(count: Int, channel: Int, perCase: Int) {
    last = UInt32(count - 1)
    for _ in 0..<channel * perCase { _ = generator.upTo(last) }
  }

  mutating func next() -> Int { Int(generator.upTo(last)) }
}

/// Sorted values of which each occurs some number of times.
private struct OrderedCounts {
  private let values: [Float]
  /// One past the last place that each value fills.
  private let ends: [Int]

  init(_ counted: [(Float, Int)]) {
    let sorted = counted.sorted { $0.0 < $1.0 }
    values = sorted.map { $0.0 }
    var end = 0
    ends = sorted.map {
      end += $0.1
      return end
    }
  }

  /// The value at a place of the sorted list.
  subscript(place: Int) -> Float {
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > place { high = middle } else { low = middle + 1 }
    }
    return values[low]
  }
}
