import Foundation

/// Expected Dice as a straight line of the networks' disagreement: `1 - Dice = intercept + sum of weight x signal`, no weight below 0, so that
/// more disagreement never means more Dice.
public struct DiceModel: Sendable, Equatable, Codable {
  /// What may tell of errors, each 0 where all is well.
  package enum Signal: String, Sendable, Codable, CaseIterable {
    /// 1 less ``LabelSignals/mirrorDice``.
    case mirrors
    /// 1 less ``LabelSignals/configurationDice``.
    case configurations
    /// ``LabelSignals/entropy``.
    case entropy
    /// Distance of the logarithm of the volume from the training labels', in their standard deviations, beyond 2.
    case volume
  }

  /// The signals that the calibration had, in this order.
  package let signals: [Signal]
  /// One a signal, none below 0.
  package let weights: [Double]
  /// Of `1 - Dice`.
  package let intercept: Double

  /// Expected Dice, 0...1; nil where a signal that the calibration had is missing. `values`: by signal.
  package func expectedDice(_ values: [Signal: Double]) -> Double? {
    var sum = intercept
    for (signal, weight) in zip(signals, weights) {
      guard let value = values[signal], value.isFinite else { return nil }
      sum += weight * value
    }
    return min(max(1 - sum, 0), 1)
  }

  /// Least squares over `rows`, which must all have the same signals: of the solutions with some signals left out, the best whose
  /// weights are all above 0 (there are at most 16, so all are tried).
  package init?(fitting rows: [(values: [Signal: Double], dice: Double)]) {
    let usable = Signal.allCases.filter { signal in rows.allSatisfy { $0.values[signal] != nil } }
    guard rows.count > usable.count + 1 else { return nil }
    var best: (error: Double, weights: [Double], intercept: Double)?
    for bits in 0..<1 << usable.count {
      let chosen = usable.indices.filter { bits >> $0 & 1 == 1 }
      let table = rows.map { row in [1] + chosen.map { row.values[usable[$0]] ?? 0 } }
      let losses = rows.map { 1 - $0.dice }
      guard let solution = LeastSquares.solve(table, losses), solution.dropFirst().allSatisfy({ $0 >= 0 }) else {
        continue
      }
      let error = zip(table, losses).reduce(0) { sum, row in
        let predicted = zip(row.0, solution).reduce(0) { $0 + $1.0 * $1.1 }
        return sum + (predicted - row.1) * (predicted - row.1)
      }
      guard error < best?.error ?? .infinity else { continue }
      var weights = [Double](repeating: 0, count: usable.count)
      for (index, weight) in zip(chosen, solution.dropFirst()) { weights[index] = weight }
      best = (error, weights, solution[0])
    }
    guard let best else { return nil }
    (signals, weights, intercept) = (usable, best.weights, best.intercept)
  }
}

/// Ordinary least squares of a few unknowns, by Gaussian elimination with pivots on the normal equations.
enum LeastSquares {
  /// The `x` that makes `table x` nearest `right`; nil where the columns are not independent.
  static func solve(_ table: [[Double]], _ right: [Double]) -> [Double]? {
    let size = table.first?.count ?? 0
    var system = (0..<size).map { i in
      (0..<size).map { j in table.reduce(0) { $0 + $1[i] * $1[j] } }
        + [zip(table, right).reduce(0) { $0 + $1.0[i] * $1.1 }]
    }
    for column in 0..<size {
      let pivot = (column..<size).max { abs(system[$0][column]) < abs(system[$1][column]) } ?? column
      system.swapAt(column, pivot)
      guard abs(system[column][column]) > 1e-12 else { return nil }
      for row in 0..<size where row != column {
        let factor = system[row][column] / system[column][column]
        for place in column...size { system[row][place] -= factor * system[column][place] }
      }
    }
    return (0..<size).map { system[$0][size] / system[$0][$0] }
  }
}
