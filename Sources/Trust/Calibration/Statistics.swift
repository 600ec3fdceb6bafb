import Foundation

/// The few statistics that calibrating needs.
package enum Statistics {
  /// 0 of nothing.
  package static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

  /// Of the population; 0 of fewer than two.
  package static func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))).squareRoot()
  }

  /// Pearson's correlation; nil where one side does not vary.
  package static func pearson(_ a: [Double], _ b: [Double]) -> Double? {
    let (meanA, meanB) = (mean(a), mean(b))
    let products = zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
    let scale = deviation(a) * deviation(b) * Double(a.count)
    return scale > 0 ? products / scale : nil
  }

  /// Spearman's: Pearson's of the ranks, ties sharing their mean rank.
  package static func spearman(_ a: [Double], _ b: [Double]) -> Double? { pearson(ranks(a), ranks(b)) }

  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
      start = end
    }
    return ranks
  }

  /// Mean absolute difference between the means of `groups` groups of equal size, ordered by `expected`.
  package static func calibrationError(expected: [Double], true truth: [Double], groups: Int = 5) -> Double {
    let order = expected.indices.sorted { expected[$0] < expected[$1] }
    let parts = (0..<groups).map { order[$0 * order.count / groups..<($0 + 1) * order.count / groups] }
    let differences = parts.filter { !$0.isEmpty }.map { part in
      abs(mean(part.map { expected[$0] }) - mean(part.map { truth[$0] }))
    }
    return mean(differences)
  }
}
