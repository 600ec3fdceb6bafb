/// Order statistics as numpy computes them.
enum Percentile {
  /// The `percent`-th percentile, linear between neighbours (numpy `percentile`, method "linear"). Nil without values.
  static func linear(_ values: [Double], _ percent: Double) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    return linear(count: sorted.count, percent) { sorted[$0] }
  }

  /// The same of `count` > 0 sorted values that are only looked up.
  static func linear(count: Int, _ percent: Double, _ sorted: (Int) -> Double) -> Double {
    let place = Double(count - 1) * (percent / 100)
    let below = min(Int(place.rounded(.down)), count - 1)
    return between(sorted(below), sorted(min(below + 1, count - 1)), place - Double(below))
  }

  /// numpy's interpolation: measured from the nearer end.
  static func between(_ a: Double, _ b: Double, _ fraction: Double) -> Double {
    let difference = b - a
    return fraction >= 0.5 ? b - difference * (1 - fraction) : a + difference * fraction
  }

  /// The mean of the middle two, or the middle one (numpy `median`). Nil without values.
  static func median(_ values: [Double]) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// ``median(_:)`` of each axis.
  static func medians(_ rows: [[Double]]) -> [Double] {
    (0..<3).map { axis in median(rows.map { $0[axis] }) ?? 0 }
  }
}
