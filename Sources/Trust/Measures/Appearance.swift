import Imaging

/// A picture of a whole scan in 12 x 12 x 12 blocks of the patient's axes, of mean 0 and length 1: enough to tell which way up
/// it is and whether it is of the same thing. Neither brightness nor contrast nor spacing matters.
public struct Appearance: Sendable, Equatable {
  /// Blocks along each axis.
  public static let side = 12
  /// `[right, anterior, superior]`, superior fastest.
  public let blocks: [Double]

  /// Nil for a scan without any contrast.
  init?(sums: [Double], counts: [Int]) {
    let means = zip(sums, counts).map { $1 == 0 ? 0 : $0 / Double($1) }
    self.init(of: means)
  }

  /// `values` brought to mean 0 and length 1; nil where they are all the same.
  package init?(of values: [Double]) {
    guard values.count == Self.side * Self.side * Self.side else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let length = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
    guard length > 0, length.isFinite else { return nil }
    blocks = values.map { ($0 - mean) / length }
  }

  /// The mean of several; nil where they cancel.
  package init?(meanOf many: [Appearance]) {
    guard let first = many.first else { return nil }
    self.init(of: first.blocks.indices.map { index in many.reduce(0) { $0 + $1.blocks[index] } })
  }

  /// Correlation, -1...1.
  package func similarity(to other: Appearance) -> Double { zip(blocks, other.blocks).reduce(0) { $0 + $1.0 * $1.1 } }

  /// One of the 48 ways to lay a scan's axes.
  package struct Turn: Sendable, Hashable {
    /// For each of right, anterior, superior: which axis is put there.
    package let axes: [Int]
    /// Whether it is reversed.
    package let flips: [Bool]

    /// Every one.
    package static let all: [Turn] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].flatMap {
      axes in
      (0..<8).map { bits in Turn(axes: axes, flips: (0..<3).map { bits >> $0 & 1 == 1 }) }
    }

    /// The scan as it claims to lie.
    package static let none = all[0]

    /// For people, of a scan that looks like training scans only after this turn.
    var words: String {
      let reversed = (0..<3).filter { flips[$0] }.map { PatientGrid.names[$0] }
      if axes == [0, 1, 2] { return "mirrored \(reversed.joined(separator: " and "))" }
      return "turned: its axes lie in another order"
    }
  }

  /// The picture of the scan with its axes laid differently.
  package func turned(by turn: Turn) -> Appearance {
    let side = Self.side
    var result = blocks
    for index in result.indices {
      let place = [index / side / side, index / side % side, index % side]
      var source = [0, 0, 0]
      for axis in 0..<3 { source[turn.axes[axis]] = turn.flips[axis] ? side - 1 - place[axis] : place[axis] }
      result[index] = blocks[(source[0] * side + source[1]) * side + source[2]]
    }
    return Appearance(unit: result)
  }

  private init(unit: [Double]) { blocks = unit }

  /// How much more each turn of the scan resembles `template` than the scan as it lies, in the order of ``Turn/all`` (0 for none).
  package func gains(towards template: Appearance) -> [Double] {
    let own = similarity(to: template)
    return Turn.all.map { turned(by: $0).similarity(to: template) - own }
  }
}
