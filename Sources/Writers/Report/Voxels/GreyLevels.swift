/// The values a page can show: code `c` of a voxel stands for value `c` of the table.
///
/// The table is a few runs of equal steps, so that a CT can have fine steps where soft tissue lies and coarse ones elsewhere.
package struct GreyLevels: Sendable, Equatable {
  /// `count` values from `start`, `step` apart.
  package struct Run: Sendable, Equatable, Encodable {
    /// How many values.
    package let count: Int
    /// The first value, in the image's unit.
    package let start: Double
    /// From one value to the next; positive.
    package let step: Double

    var end: Double { start + Double(count) * step }
  }

  /// The runs, values ascending.
  package let runs: [Run]
  /// Whether every voxel keeps its very value.
  package let isExact: Bool

  /// Number of codes.
  package var count: Int { runs.reduce(0) { $0 + $1.count } }

  /// Bytes of a code: 1 or 2.
  package var bytes: Int { count <= 256 ? 1 : 2 }

  /// `count` equal steps that reach from `low` to `high`.
  static func even(from low: Double, to high: Double, count: Int) -> GreyLevels {
    let step = high > low ? (high - low) / Double(max(1, count - 1)) : 1
    return GreyLevels(runs: [Run(count: high > low ? count : 1, start: low, step: step)], isExact: high <= low)
  }

  /// Every whole number from `low` to `high`; `exact` says whether that is all there is.
  static func whole(from low: Int, to high: Int, step: Int = 1, exact: Bool) -> GreyLevels {
    GreyLevels(
      runs: [Run(count: (high - low) / step + 1, start: Double(low), step: Double(step))], isExact: exact && step == 1)
  }

  /// Hounsfield units in 256 codes or fewer: one for air, so that its noise takes no room, then 16 HU or more apart, `fine` HU
  /// apart from -160 to 240 (fat to enhanced organs), and again 16 or more up to 1840.
  static func hounsfield(fine: Int) -> GreyLevels {
    let coarse = max(16, 2 * fine)
    func run(_ low: Int, _ high: Int, _ step: Int) -> Run {
      Run(count: (high - low + step - 1) / step, start: Double(low), step: Double(step))
    }
    // Air is -1000 HU; half of 64 is more than its noise, and less than what sets lung apart from it.
    let air = Run(count: 1, start: -1000, step: 64)
    let low = run(Int(air.end), -160, coarse)
    let middle = run(Int(low.end), 240, fine)
    return GreyLevels(runs: [air, low, middle, run(Int(middle.end), 1840, coarse)], isExact: false)
  }

  /// The code of the value nearest to `value`; the first for what is not a number.
  package func code(_ value: Float) -> UInt16 {
    let value = Double(value)
    guard !value.isNaN else { return 0 }
    var base = 0
    for run in runs {
      // A value halfway between two runs belongs to the upper one.
      if value < run.end - run.step / 2 || base + run.count == count {
        let place = ((value - run.start) / run.step).rounded()
        return UInt16(base + Int(min(Double(run.count - 1), max(0, place))))
      }
      base += run.count
    }
    return 0
  }

  /// The value of a code.
  package func value(_ code: Int) -> Double {
    var code = code
    for run in runs {
      if code < run.count { return run.start + Double(code) * run.step }
      code -= run.count
    }
    return runs.last.map { $0.end - $0.step } ?? 0
  }
}
