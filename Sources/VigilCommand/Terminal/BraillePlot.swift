import Foundation

/// A plot of a few lines of text: each Braille character is 2 x 4 dots, so 72 x 6 of them are 144 x 24.
package struct BraillePlot {
  /// The plot with its axis, top to bottom.
  package let lines: [String]
  /// "latest 0.91, mean 0.88, 0.79 to 0.93".
  package let summary: String

  private static let columns = 72
  private static let rows = 6

  /// Nil where no value is a number. `range`: what the axis spans; nil: the values.
  package init?(values: [Double?], range: ClosedRange<Double>? = nil) {
    let known = values.compactMap { $0 }.filter { $0.isFinite }
    guard let low = known.min(), let high = known.max(), let last = known.last else { return nil }
    let mean = known.reduce(0, +) / Double(known.count)
    summary =
      "latest \(Self.number(last)), mean \(Self.number(mean)), \(Self.number(low)) to \(Self.number(high)), \(known.count) values"
    let bottom = range?.lowerBound ?? (high > low ? low : low - max(abs(low), 1) / 2)
    let top = range?.upperBound ?? (high > low ? high : high + max(abs(high), 1) / 2)
    var dots = [[Bool]](repeating: [Bool](repeating: false, count: 2 * Self.columns), count: 4 * Self.rows)
    for (index, value) in values.enumerated() {
      guard let value, value.isFinite else { continue }
      let x = values.count < 2 ? 0 : index * (2 * Self.columns - 1) / (values.count - 1)
      let share = min(max((value - bottom) / (top - bottom), 0), 1)
      dots[Int((Double(4 * Self.rows - 1) * (1 - share)).rounded())][x] = true
    }
    let labels = [0: Self.number(top), Self.rows - 1: Self.number(bottom)]
    let width = labels.values.map { $0.count }.max() ?? 0
    lines = (0..<Self.rows).map { row in
      let label = labels[row] ?? ""
      return String(repeating: " ", count: width - label.count) + label + " ┤" + Self.text(dots, row)
    }
  }

  private static func text(_ dots: [[Bool]], _ row: Int) -> String {
    // U+2800 and a bit for each dot: 1, 2, 3, 7 down the left, 4, 5, 6, 8 down the right.
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    var text = String.UnicodeScalarView()
    for column in 0..<columns {
      var code: UInt32 = 0x2800
      for y in 0..<4 { for x in 0..<2 where dots[4 * row + y][2 * column + x] { code += bits[y][x] } }
      if let scalar = Unicode.Scalar(code) { text.append(scalar) }
    }
    return String(text)
  }

  private static func number(_ value: Double) -> String {
    abs(value) >= 1000 ? String(format: "%.0f", value) : String(format: "%.3g", value)
  }
}
