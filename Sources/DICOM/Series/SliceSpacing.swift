/// How the slices of a stack follow each other along their normal.
struct SliceSpacing {
  /// The regular step, mm; 0 for one slice.
  let step: Double
  /// For each pair of neighbours: how many steps apart, 1 where nothing is missing.
  let steps: [Int]
  /// Whether all distances are whole steps within tolerance.
  let isWhole: Bool

  /// Whether every slice has its neighbours one step away.
  var isRegular: Bool { isWhole && steps.allSatisfy { $0 == 1 } }

  /// `distances` along the normal, mm, ascending, no two the same.
  init(_ distances: [Double]) {
    let gaps = zip(distances.dropFirst(), distances).map { $0 - $1 }
    guard let smallest = gaps.min() else {
      step = 0
      steps = []
      isWhole = true
      return
    }
    let median = gaps.sorted()[gaps.count / 2]
    let fromSmallest = Self.steps(gaps, step: smallest)
    let candidate = fromSmallest == nil ? median : Self.mean(gaps, fromSmallest ?? [], otherwise: smallest)
    step = candidate
    let found = Self.steps(gaps, step: candidate)
    steps = found ?? gaps.map { _ in 1 }
    isWhole = found.map { Self.followsGrid(distances, step: candidate, steps: $0) } ?? false
  }

  /// How many steps each gap is, or nil when one is no whole number of them.
  private static func steps(_ gaps: [Double], step: Double) -> [Int]? {
    let tolerance = max(step * GeometryTolerance.stepFraction, GeometryTolerance.step)
    var steps: [Int] = []
    for gap in gaps {
      let whole = (gap / step).rounded()
      guard whole >= 1, whole < 1e6, abs(gap - whole * step) <= min(tolerance * whole, step * 0.25) else { return nil }
      steps.append(Int(whole))
    }
    return steps
  }

  private static func mean(_ gaps: [Double], _ steps: [Int], otherwise: Double) -> Double {
    let total = steps.reduce(0, +)
    return total > 0 ? gaps.reduce(0, +) / Double(total) : otherwise
  }

  private static func followsGrid(_ distances: [Double], step: Double, steps: [Int]) -> Bool {
    var index = 0
    for (k, distance) in distances.enumerated() {
      if k > 0 { index += steps[k - 1] }
      if abs(distance - distances[0] - Double(index) * step) > step * GeometryTolerance.gridFraction { return false }
    }
    return true
  }
}
