/// One axis of a separable resampling, sixteen lines at a time: load the lines into a panel `[n, 16]`, filter it in place
/// (cubic), and add up the taps of every output sample.
///
/// Lines are neighbours in memory where the axis is not the last (`inner` > 1), and rows of the array where it is.
struct AxisKernel {
  typealias Lanes = SIMD16<Float>

  let inputs: Int
  let outputs: Int
  private let isCubic: Bool
  /// Index into the panel of each output's first tap.
  private let first: [Int]
  /// Distance from the first tap to the second of a linear pair: 1, or 0 at the edge.
  private let step: [Int]
  /// Weights of the taps; a linear pair uses the second only.
  private let weights: [SIMD4<Float>]

  init(cubic taps: CubicTaps, _ axis: AxisSampling) {
    inputs = axis.inputs
    outputs = axis.outputs
    isCubic = true
    first = taps.first.map { $0 + SplineFilter.margin }
    step = []
    weights = taps.weights.map { SIMD4<Float>($0) }
  }

  init(linear taps: LinearTaps, _ axis: AxisSampling) {
    inputs = axis.inputs
    outputs = axis.outputs
    isCubic = false
    first = taps.lower.map { $0 + SplineFilter.margin }
    step = zip(taps.lower, taps.upper).map { $1 - $0 }
    weights = taps.fractions.map { SIMD4<Float>(Float(1 - $0), Float($0), 0, 0) }
  }

  /// Reads `[outer, inputs, inner]` at `src`, writes `[outer, outputs, inner]` at `dst`.
  func run(
    _ src: UnsafePointer<Float>, _ dst: UnsafeMutablePointer<Float>, outer: Int, inner: Int, threads: Int
  ) {
    let lines = inner == 1 ? Lines(rows: outer, self) : Lines(columns: inner, outer: outer, self)
    let panelsPerItem = max(1, lines.panels / Self.items)
    Threads.forEach((lines.panels + panelsPerItem - 1) / panelsPerItem, threads: threads) { item in
      let panel = UnsafeMutablePointer<Lanes>.allocate(capacity: inputs + 2 * SplineFilter.margin)
      panel.initialize(repeating: Lanes(), count: inputs + 2 * SplineFilter.margin)
      defer { panel.deallocate() }
      for index in item * panelsPerItem..<min((item + 1) * panelsPerItem, lines.panels) {
        let place = lines.place(index)
        load(src + place.source, place, lines, into: panel)
        if isCubic { SplineFilter.apply(panel, count: inputs) }
        evaluate(panel, dst + place.target, place, lines)
      }
    }
  }

  /// Work is cut into about this many items, more than any machine has threads.
  private static let items = 256

  private func load(
    _ src: UnsafePointer<Float>, _ place: Lines.Place, _ lines: Lines, into panel: UnsafeMutablePointer<Lanes>
  ) {
    let body = panel + SplineFilter.margin
    if lines.laneStride == 1, place.lanes == Lanes.scalarCount {
      for k in 0..<inputs {
        body[k] = UnsafeRawPointer(src + k &* lines.sourceStride).loadUnaligned(as: Lanes.self)
      }
      return
    }
    let scalars = UnsafeMutableRawPointer(body).assumingMemoryBound(to: Float.self)
    let laneStride = lines.laneStride == 1 ? 1 : inputs
    for lane in 0..<place.lanes {
      let line = src + lane &* laneStride
      for k in 0..<inputs { scalars[k &* 16 &+ lane] = line[k &* lines.sourceStride] }
    }
  }

  private func evaluate(
    _ panel: UnsafeMutablePointer<Lanes>, _ dst: UnsafeMutablePointer<Float>, _ place: Lines.Place, _ lines: Lines
  ) {
    let laneStride = lines.laneStride == 1 ? 1 : outputs
    let isWhole = laneStride == 1 && place.lanes == Lanes.scalarCount
    first.withUnsafeBufferPointer { first in
      step.withUnsafeBufferPointer { step in
        weights.withUnsafeBufferPointer { weights in
          for index in 0..<outputs {
            let value =
              isCubic
              ? Self.cubic(panel + first[index], weights[index])
              : Self.linear(panel + first[index], step[index], weights[index].y)
            let target = dst + index &* lines.targetStride
            if isWhole {
              UnsafeMutableRawPointer(target).storeBytes(of: value, as: Lanes.self)
            } else {
              for lane in 0..<place.lanes { target[lane &* laneStride] = value[lane] }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func cubic(_ taps: UnsafeMutablePointer<Lanes>, _ weights: SIMD4<Float>) -> Lanes {
    (taps[0] * weights.x + taps[1] * weights.y) + (taps[2] * weights.z + taps[3] * weights.w)
  }

  @inline(__always)
  private static func linear(_ taps: UnsafeMutablePointer<Lanes>, _ step: Int, _ fraction: Float) -> Lanes {
    let low = taps[0]
    return low + (taps[step] - low) * fraction
  }
}

extension AxisKernel {
  /// How the lines along the axis are dealt into panels of sixteen.
  struct Lines {
    let panels: Int
    /// 1 when lines are neighbours in memory, 0 when each is a row of its own.
    let laneStride: Int
    /// From one sample of a line to the next.
    let sourceStride: Int
    let targetStride: Int
    private let perBlock: Int
    private let width: Int
    private let kernel: (inputs: Int, outputs: Int)

    /// Where a panel's first line begins and how many of its sixteen lines exist.
    struct Place {
      let source: Int
      let target: Int
      let lanes: Int
    }

    init(columns inner: Int, outer: Int, _ kernel: AxisKernel) {
      perBlock = (inner + Lanes.scalarCount - 1) / Lanes.scalarCount
      panels = outer * perBlock
      (laneStride, sourceStride, targetStride) = (1, inner, inner)
      width = inner
      self.kernel = (kernel.inputs, kernel.outputs)
    }

    init(rows: Int, _ kernel: AxisKernel) {
      perBlock = (rows + Lanes.scalarCount - 1) / Lanes.scalarCount
      panels = perBlock
      (laneStride, sourceStride, targetStride) = (0, 1, 1)
      width = rows
      self.kernel = (kernel.inputs, kernel.outputs)
    }

    func place(_ panel: Int) -> Place {
      let (block, part) = panel.quotientAndRemainder(dividingBy: perBlock)
      let start = part * Lanes.scalarCount
      let lanes = min(Lanes.scalarCount, width - start)
      guard laneStride == 1 else {
        return Place(source: start * kernel.inputs, target: start * kernel.outputs, lanes: lanes)
      }
      return Place(
        source: block * kernel.inputs * width + start, target: block * kernel.outputs * width + start, lanes: lanes)
    }
  }
}
