import Tensors
import TestSupport
import Testing

@Suite struct RowDecisionTests {
  /// Rows of a coarse grid around one row of a fine one, in patches with noise on top, so that some cells agree.
  private struct Problem {
    let decision: RowDecision
    let lower: [Int]
    let upper: [Int]
    let fractions: [Float]
    let corners: [[Float]]
    let shares: (slice: Float, row: Float)

    init(_ inputs: Int, _ outputs: Int, isRegions: Bool, onSamples: Bool, set: InstructionSet, seed: UInt64) {
      let heads = 5
      let places = (0..<outputs).map { index in
        min(max((Double(index) + 0.5) * Double(inputs) / Double(outputs) - 0.5, 0), Double(inputs - 1))
      }
      let nearest = places.map { $0.rounded(.down) }
      lower = nearest.map { Int($0) }
      fractions = zip(places, nearest).map { onSamples ? 0 : Float($0 - $1) }
      upper = zip(lower, fractions).map { $1 > 0 ? $0 + 1 : $0 }
      decision = RowDecision(
        heads: heads, isRegions: isRegions,
        columns: DecisionColumns(inputs: inputs, lower: lower, upper: upper, fractions: fractions), instructionSet: set)
      let patches = Tensor.seeded([heads, inputs / 7 + 1], seed: seed).elements
      corners = (0..<4).map { row in
        let noise = Tensor.seeded([heads, inputs], seed: seed + 1 + UInt64(row)).elements
        return noise.indices.map { 0.2 * noise[$0] + patches[$0 / inputs * (inputs / 7 + 1) + $0 % inputs / 7] }
      }
      shares = onSamples ? (0, 0) : (0.375, 0.8)
    }

    /// Twice as many columns, small whole numbers as logits (many ties, many zeros) and shares in quarters: nothing is rounded.
    /// `withNaN`: some logits are not numbers.
    init(exact inputs: Int, isRegions: Bool, withNaN: Bool, set: InstructionSet, seed: UInt64) {
      let base = Problem(inputs, 2 * inputs, isRegions: isRegions, onSamples: false, set: set, seed: seed)
      (decision, lower, upper, fractions) = (base.decision, base.lower, base.upper, base.fractions)
      corners = base.corners.map { $0.map { withNaN && abs($0) < 0.03 ? .nan : ($0 * 1.5).rounded() } }
      shares = (0.25, 0.75)
    }

    /// The winners of the fine row, and how many columns were looked at one by one.
    func decided() -> (winners: [Int], mixed: Int) {
      let (inputs, stretches) = (decision.columns.inputs, DecisionStretches(decision.columns))
      var result = [UInt16](repeating: 777, count: fractions.count)
      var mixed = 0
      let all = corners.flatMap { $0 }
      let size = decision.heads * inputs
      var winners = [UInt16](repeating: 0, count: 4 * inputs)
      all.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        winners.withUnsafeMutableBufferPointer { winners in
          guard let base = winners.baseAddress else { return }
          for row in 0..<4 {
            decision.winners(start + row * size, stride: inputs, count: inputs, into: base + row * inputs)
          }
          decision.cut((0..<4).map { UnsafePointer(base + $0 * inputs) }, into: stretches)
        }
        let rows = RowDecision.Rows(
          low: (start, start + size), high: (start + 2 * size, start + 3 * size), sliceFraction: shares.slice,
          rowFraction: shares.row)
        result.withUnsafeMutableBufferPointer { result in
          guard let target = result.baseAddress else { return }
          for stretch in stretches.stretches {
            if let winner = stretch.winner {
              for column in stretch.columns { target[column] = UInt16(winner) }
            } else {
              mixed += stretch.columns.count
              decision.blendedWinners(
                rows, stride: inputs, columns: stretch.columns, into: target + stretch.columns.lowerBound)
            }
          }
        }
      }
      return (result.map { Int($0) }, mixed)
    }

    var expected: [Int] {
      decision.winnersReference(
        shares.row == 0 ? Array(repeating: corners[0], count: 4) : corners, sliceFraction: shares.slice,
        rowFraction: shares.row, lower: lower, upper: upper, fractions: fractions)
    }
  }

  @Test(arguments: [(100, 200), (37, 50), (64, 64), (300, 41), (5, 33), (1, 20), (200, 17)])
  func equalsThePlainTwin(_ inputs: Int, _ outputs: Int) {
    for set in InstructionSet.available {
      for (isRegions, onSamples) in [(false, false), (true, false), (false, true), (true, true)] {
        let problem = Problem(
          inputs, outputs, isRegions: isRegions, onSamples: onSamples, set: set, seed: UInt64(inputs + outputs))
        let (winners, mixed) = problem.decided()
        #expect(winners == problem.expected, "\(set), regions \(isRegions), on samples \(onSamples)")
        #expect(
          inputs < 30 || outputs < inputs || (mixed < outputs && Set(winners).count > 1), "\(mixed) of \(outputs)")
      }
    }
  }

  /// Ties, zeros and NaN, inside of stretches and between them: the same voxel by voxel as interpolating everywhere.
  @Test(arguments: [1, 16, 40, 331], [false, true])
  func equalsThePlainTwinAtTiesAndNaN(_ inputs: Int, withNaN: Bool) {
    for set in InstructionSet.available {
      for isRegions in [false, true] {
        for seed in UInt64(0)..<20 {
          let problem = Problem(exact: inputs, isRegions: isRegions, withNaN: withNaN, set: set, seed: 100 * seed)
          #expect(problem.decided().winners == problem.expected, "\(set), regions \(isRegions), seed \(seed)")
        }
      }
    }
  }

  /// Of equal heads the first wins, whether the cell is interpolated or not.
  @Test func theFirstOfEqualHeadsWins() {
    for set in InstructionSet.available {
      let columns = DecisionColumns(inputs: 2, lower: [0, 0, 1], upper: [0, 1, 1], fractions: [0, 0.5, 0])
      let decision = RowDecision(heads: 3, isRegions: false, columns: columns, instructionSet: set)
      let values: [Float] = [0, 1, 2, 1, 2, 0]
      var winners: [UInt16] = [9, 9, 9]
      values.withUnsafeBufferPointer { values in
        guard let row = values.baseAddress else { return }
        decision.blendedWinners(
          RowDecision.Rows(low: (row, row), high: (row, row), sliceFraction: 0, rowFraction: 0), stride: 2,
          columns: 0..<3, into: &winners)
      }
      #expect(winners == [1, 1, 0])
    }
  }
}
