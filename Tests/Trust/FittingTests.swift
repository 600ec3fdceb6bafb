import Testing
import Trust

@Suite struct FittingTests {
  /// Reference values by numpy 2.4.6 and scipy 1.17.1 (`pearsonr`, `spearmanr`).
  @Test func correlations() throws {
    let (a, b) = ([1.0, 2, 3, 4, 5, 5], [2.0, 1, 4, 3, 7, 5])
    #expect(abs(try #require(Statistics.pearson(a, b)) - 0.8315218406202998) < 1e-12)
    #expect(abs(try #require(Statistics.spearman(a, b)) - 0.8696565534786727) < 1e-12)
    #expect(Statistics.pearson(a, [1, 1, 1, 1, 1, 1]) == nil)
  }

  @Test func findsTheLineThatTheRowsLieOn() throws {
    let rows = (0..<40).map { index -> (values: [DiceModel.Signal: Double], dice: Double) in
      let (mirrors, entropy) = (Double(index % 7) / 20, Double(index % 5) / 30)
      return ([.mirrors: mirrors, .entropy: entropy], 1 - (0.05 + 0.8 * mirrors + 0.3 * entropy))
    }
    let model = try #require(DiceModel(fitting: rows))
    #expect(model.signals == [.mirrors, .entropy])
    #expect(abs(model.intercept - 0.05) < 1e-9)
    #expect(abs(model.weights[0] - 0.8) < 1e-9 && abs(model.weights[1] - 0.3) < 1e-9)
    #expect(abs((model.expectedDice([.mirrors: 0.1, .entropy: 0.2]) ?? 0) - 0.81) < 1e-9)
    #expect(model.expectedDice([.mirrors: 9, .entropy: 9]) == 0)
    #expect(model.expectedDice([.mirrors: 0.1]) == nil)
  }

  @Test func neverRewardsDisagreement() throws {
    let rows = (0..<40).map { index -> (values: [DiceModel.Signal: Double], dice: Double) in
      let (mirrors, entropy) = (Double(index % 7) / 20, Double(index % 5) / 30)
      return ([.mirrors: mirrors, .entropy: entropy], 0.8 - 0.5 * mirrors + 0.4 * entropy)
    }
    let model = try #require(DiceModel(fitting: rows))
    #expect(model.weights.allSatisfy { $0 >= 0 })
    #expect(model.weights[1] == 0)
  }

  @Test func limitsHaveRoom() throws {
    let limits = try #require(Limits([1, 3, .nan]))
    #expect(limits.excess(2, least: 0) == 0)
    #expect(limits.excess(3 + 2 * Limits.margin, least: 0) == 0)
    #expect((limits.excess(6, least: 0) ?? 0) > 1)
    #expect(limits.excess(.infinity, least: 0) == nil)
    #expect(Limits([.nan]) == nil)
    #expect(try #require(Limits([1])).excess(1.04, least: 0.05) == 0)
  }
}
