import Foundation
import Testing
import Writers

@Suite("Chart of a training run")
struct ProgressChartTests {
  private func run(_ epochs: Int) -> ProgressChart {
    ProgressChart(
      title: "3d_fullres fold 0",
      epochs: (0..<epochs).map { epoch in
        let t = Double(epoch) / 100
        return .init(
          trainingLoss: -0.9 + exp(-3 * t), validationLoss: epoch % 7 == 3 ? nil : -0.85 + exp(-2.5 * t),
          dice: 0.9 - 0.8 * exp(-4 * t) + 0.02 * sin(Double(epoch)), averagedDice: 0.9 - 0.8 * exp(-3 * t),
          learningRate: 0.01 * pow(1 - t, 0.9), seconds: 20 + 3 * sin(Double(epoch) / 5))
      })
  }

  /// Pixels of exactly `colour`, by column.
  private func rows(_ canvas: Canvas, _ colour: Colour) -> [Int: [Int]] {
    var found: [Int: [Int]] = [:]
    for y in 60..<canvas.height {
      for x in 110..<850 where canvas[x, y] == colour { found[x, default: []].append(y) }
    }
    return found
  }

  @Test("a loss that falls is drawn falling, from the left edge of the panel to the right")
  func falls() throws {
    let rows = rows(run(100).drawn(), Palette.colour(1))
    let columns = rows.keys.sorted()
    let first = try #require(columns.first.flatMap { rows[$0]?.last })
    let last = try #require(columns.last.flatMap { rows[$0]?.last })
    #expect(first + 100 < last)  // pixels count downwards
    #expect(columns.count > 600)
  }

  @Test("equal runs give equal bytes, a longer run others")
  func repeatable() throws {
    let png = try #require(run(30).png)
    #expect(png == run(30).png)
    #expect(png != run(31).png)
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
  }

  @Test("no epoch, one epoch, equal values and values that are no numbers can be drawn", arguments: [0, 1, 3])
  func degenerate(count: Int) {
    let epoch = ProgressChart.Epoch(
      trainingLoss: .nan, validationLoss: .infinity, dice: nil, averagedDice: 0, learningRate: 3e-4, seconds: 0)
    let chart = ProgressChart(title: "odd", epochs: [ProgressChart.Epoch](repeating: epoch, count: count))
    #expect(chart.png != nil)
  }
}
