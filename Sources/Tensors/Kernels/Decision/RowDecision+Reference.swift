extension RowDecision {
  /// The plain twin of ``cut(_:into:)`` and ``blendedWinners(_:stride:columns:into:)`` together: the winners of a whole row of the
  /// fine grid, every column blended in Double along slices, rows and columns. `corners`: the rows around it, `[K, w]` each, of
  /// two slices, two rows each.
  package func winnersReference(
    _ corners: [[Float]], sliceFraction: Float, rowFraction: Float, lower: [Int], upper: [Int], fractions: [Float]
  ) -> [Int] {
    let width = columns.inputs
    func blend(_ low: Double, _ high: Double, _ fraction: Float) -> Double { low + (high - low) * Double(fraction) }
    return lower.indices.map { column in
      let values = (0..<heads).map { head in
        let sides = [lower[column], upper[column]].map { x in
          let at = corners.map { Double($0[head * width + x]) }
          return blend(blend(at[0], at[2], sliceFraction), blend(at[1], at[3], sliceFraction), rowFraction)
        }
        return blend(sides[0], sides[1], fractions[column])
      }
      if isRegions { return (values.lastIndex { $0 > 0 } ?? -1) + 1 }
      return values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    }
  }
}
