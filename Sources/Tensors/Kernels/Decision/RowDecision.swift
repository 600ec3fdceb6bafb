internal import CKernels

/// From logits on a coarse grid to the winner of every voxel of a fine one, a row at a time: where the corners of a cell agree
/// nothing is interpolated; elsewhere every head is, linearly, and compared.
///
/// A voxel has one winner. Of classes it is the head with the largest value, the first of equals, numbered from 0; of regions
/// the last head above 0, numbered from 1, or 0 where there is none.
package struct RowDecision: Sendable {
  /// Heads, K.
  package let heads: Int
  /// Whether heads are regions.
  package let isRegions: Bool
  /// The columns of both grids.
  package let columns: DecisionColumns
  private let kernels: vigil_decision_kernels

  /// A stretch of columns of the fine grid.
  package struct Stretch: Sendable, Equatable {
    /// Its columns.
    package let columns: Range<Int>
    /// Whom all of them have; nil where each must be looked at.
    package let winner: Int?
  }

  /// Rows of head 0 around a row of the fine grid: of two slices, two rows each, and the shares of the second ones.
  package struct Rows {
    let corners: vigil_rows

    /// Where a share is 0 both rows (or slices) are the same.
    package init(
      low: (UnsafePointer<Float>, UnsafePointer<Float>), high: (UnsafePointer<Float>, UnsafePointer<Float>),
      sliceFraction: Float, rowFraction: Float
    ) {
      corners = vigil_rows(
        at: ((low.0, low.1), (high.0, high.1)), slice_fraction: sliceFraction, row_fraction: rowFraction)
    }
  }

  /// `instructionSet` nil: the widest there is.
  package init(heads: Int, isRegions: Bool, columns: DecisionColumns, instructionSet: InstructionSet? = nil) {
    self.heads = heads
    self.isRegions = isRegions
    self.columns = columns
    kernels = (instructionSet ?? InstructionSet.available[0]).kernels.decision.pointee
  }

  /// The winners of `count` voxels from `logits` on, the heads of each lying `stride` floats apart.
  package func winners(
    _ logits: UnsafePointer<Float>, stride: Int, count: Int, into winners: UnsafeMutablePointer<UInt16>
  ) {
    var heads = vigil_heads(heads: heads, stride: stride, regions: isRegions ? 1 : 0)
    kernels.winners(&heads, logits, count, winners)
  }

  /// Cuts a row of the fine grid, by the winners of the four rows around it.
  package func cut(_ corners: [UnsafePointer<UInt16>], into stretches: DecisionStretches) {
    columns.withColumns { columns in
      withUnsafeTemporaryAllocation(of: UnsafePointer<UInt16>?.self, capacity: 4) { rows in
        for index in 0..<4 { rows.initializeElement(at: index, to: corners[index]) }
        stretches.count = kernels.stretches(columns, rows.baseAddress, stretches.common, stretches.items)
      }
    }
  }

  /// The winners of the fine columns `range` between `rows`, whose heads lie `stride` floats apart.
  package func blendedWinners(
    _ rows: Rows, stride: Int, columns range: Range<Int>, into winners: UnsafeMutablePointer<UInt16>
  ) {
    var (heads, rows) = (vigil_heads(heads: heads, stride: stride, regions: isRegions ? 1 : 0), rows.corners)
    columns.withColumns { kernels.blended_winners(&heads, $0, &rows, range.lowerBound, range.upperBound, winners) }
  }
}

extension RowDecision {
  /// The labels of a whole row of the fine grid between `rows`, whose heads lie `stride` floats apart, cut into `stretches`:
  /// `labels[winner]` of each voxel. Adds the voxels of each label to `found`, four tables of `labelBound` entries in turn.
  package func decide(
    _ rows: Rows, stride: Int, _ stretches: DecisionStretches, labels: UnsafePointer<UInt16>,
    into target: UnsafeMutablePointer<UInt16>, found: UnsafeMutablePointer<Int>, labelBound: Int
  ) {
    var (heads, rows) = (vigil_heads(heads: heads, stride: stride, regions: isRegions ? 1 : 0), rows.corners)
    columns.withColumns {
      kernels.row(&heads, $0, &rows, stretches.items, stretches.count, labels, target, found, labelBound)
    }
  }
}

/// How the columns of a fine grid lie between those of a coarse one.
package final class DecisionColumns: Sendable {
  /// Columns of the coarse grid.
  package let inputs: Int
  /// Columns of the fine grid.
  package let outputs: Int
  private let lower: [Int32]
  private let upper: [Int32]
  private let fractions: [Float]
  private let first: [Int32]
  private let last: [Int32]

  /// Entries that repeat the last column, so that kernels may read a vector at any column.
  private static let padding = Int(VIGIL_LANES)

  /// Column `x` of the fine grid blends the columns `lower[x]` and `upper[x]` of the coarse one, both rising with `x`, with the
  /// share `fractions[x]` of the latter; where that is 0 both are the same.
  package init(inputs: Int, lower: [Int], upper: [Int], fractions: [Float]) {
    precondition(!lower.isEmpty && lower.count == upper.count && lower.count == fractions.count, "one entry a column")
    precondition(
      zip(lower, upper).allSatisfy { 0 <= $0 && $0 <= $1 && $1 < inputs }
        && zip(lower, lower.dropFirst()).allSatisfy(<=)
        && zip(upper, upper.dropFirst()).allSatisfy(<=), "columns rise, within the row")
    self.inputs = inputs
    outputs = lower.count
    self.lower = Self.padded(lower.map { Int32($0) })
    self.upper = Self.padded(upper.map { Int32($0) })
    self.fractions = Self.padded(fractions)
    first = (0..<inputs).map { column in Int32(lower.firstIndex { $0 >= column } ?? lower.count) }
    last = (0..<inputs).map { column in Int32((upper.lastIndex { $0 <= column } ?? -1) + 1) }
  }

  private static func padded<Value>(_ values: [Value]) -> [Value] {
    values + Array(repeating: values[values.count - 1], count: padding)
  }

  func withColumns(_ body: (UnsafePointer<vigil_columns>) -> Void) {
    lower.withUnsafeBufferPointer { lower in
      upper.withUnsafeBufferPointer { upper in
        fractions.withUnsafeBufferPointer { fractions in
          first.withUnsafeBufferPointer { first in
            last.withUnsafeBufferPointer { last in
              var columns = vigil_columns(
                lower: lower.baseAddress, upper: upper.baseAddress, fraction: fractions.baseAddress, width: inputs,
                first: first.baseAddress, last: last.baseAddress, count: outputs)
              body(&columns)
            }
          }
        }
      }
    }
  }
}

/// Room for the stretches of one row; one thread's own.
package final class DecisionStretches {
  fileprivate(set) var count = 0
  fileprivate let items: UnsafeMutablePointer<vigil_stretch>
  fileprivate let common: UnsafeMutablePointer<UInt16>

  /// For rows of `columns`.
  package init(_ columns: DecisionColumns) {
    items = .allocate(capacity: 2 * columns.inputs + 1)
    common = .allocate(capacity: columns.inputs)
  }

  deinit {
    items.deallocate()
    common.deallocate()
  }

  /// Calls `body` for every stretch, in order; winner -1 where each column must be looked at.
  package func forEach(_ body: (_ first: Int, _ end: Int, _ winner: Int) -> Void) {
    for index in 0..<count {
      let item = items[index]
      body(Int(item.first), Int(item.end), Int(item.winner) == Int(VIGIL_MIXED) ? -1 : Int(item.winner))
    }
  }

  /// The same as values.
  package var stretches: [RowDecision.Stretch] {
    var all: [RowDecision.Stretch] = []
    forEach { all.append(RowDecision.Stretch(columns: $0..<$1, winner: $2 < 0 ? nil : $2)) }
    return all
  }
}
