import Foundation
import Testing
import Writers

@Suite("Chart of a trend")
struct TrendChartTests {
  private func chart(_ names: [String], title: String = "trend") -> TrendChart {
    let steps = 0..<12
    return TrendChart(
      title: title, runs: steps.map { "2026-01-\($0 + 10)" },
      series: names.enumerated().map { index, name in
        .init(
          name: name, dice: steps.map { 0.9 - 0.05 * Double(index) - 0.002 * Double($0) },
          expectedDice: steps.map { _ in nil }, volume: steps.map { Double(index + 1) + 0.1 * Double($0) })
      })
  }

  private func colours(_ canvas: Canvas, rows: Range<Int>, columns: Range<Int>) -> Set<Colour> {
    Set(rows.flatMap { y in columns.map { canvas[$0, y] } })
  }

  @Test("eight labels with long names: the six that are drawn each have a sample of their colour in the legend")
  func manyLongNames() {
    let names = (1...8).map { "hippocampus-rule / Left anterior subdivision number \($0)" }
    let canvas = chart(names, title: String(repeating: "a long title ", count: 30)).drawn()
    let legend = colours(canvas, rows: 60..<138, columns: 130..<960)
    for index in 0..<TrendChart.mostSeries { #expect(legend.contains(Palette.colour(index)), "label \(index)") }
    let curves = colours(canvas, rows: 145..<287, columns: 140..<820)
    for index in 0..<TrendChart.mostSeries {
      #expect(curves.contains(Palette.colour(index)), "the curve of label \(index) is below its legend")
    }
  }

  @Test("names that fit one line leave the panel where it was")
  func fewNames() {
    let canvas = chart(["Anterior", "Posterior"]).drawn()
    #expect(canvas[300, 97] == Palette.line, "the line of a Dice of 1")
  }

  @Test("what is drawn wholly outside of the picture leaves it as it was")
  func outside() {
    let empty = Canvas(width: 4, height: 3, colour: Palette.ground)
    for (x, y) in [(4, 0), (9, 9), (-9, 0), (0, -9), (0, 3), (-9, 40)] {
      var canvas = empty
      canvas.fill(x: x, y: y, width: 5, height: 5, Palette.text)
      #expect(canvas.pixels == empty.pixels, "\(x) \(y)")
    }
  }
}
