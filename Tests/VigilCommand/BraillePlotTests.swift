import Testing
import VigilCommand

@Suite("Plots in the terminal")
struct BraillePlotTests {
  /// Dots of a plot, row 0 on top, read off its Braille characters.
  private func dots(_ plot: BraillePlot) -> [[Bool]] {
    // Bits of Unicode's block "Braille Patterns", for the dots of a cell from left to right, top to bottom.
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    return plot.lines.flatMap { line -> [[Bool]] in
      let cells = line.unicodeScalars.filter { (0x2800...0x28FF).contains($0.value) }
      return bits.map { pair in cells.flatMap { cell in pair.map { (cell.value - 0x2800) & $0 != 0 } } }
    }
  }

  /// (column, row) of every dot, by column.
  private func places(_ plot: BraillePlot) -> [[Int]] {
    let dots = dots(plot)
    return (0..<144).flatMap { x in (0..<24).compactMap { y in dots[y][x] ? [x, y] : nil } }
  }

  @Test("is six lines of 144 x 24 dots with the axis' ends beside them")
  func size() throws {
    let plot = try #require(BraillePlot(values: [0.25, 0.5], range: 0...1))
    #expect(plot.lines.count == 6 && dots(plot).allSatisfy { $0.count == 144 })
    #expect(Set(plot.lines.map { $0.count }).count == 1, "the axis stands in one column")
    #expect(plot.lines[0].hasPrefix("1 ┤") && plot.lines[5].hasPrefix("0 ┤"))
  }

  @Test("a rising line runs from the lower left to the upper right corner")
  func corners() throws {
    let places = places(try #require(BraillePlot(values: (0..<144).map { Double($0) })))
    #expect(places.count == 144 && places.first == [0, 23] && places.last == [143, 0])
    #expect(zip(places, places.dropFirst()).allSatisfy { $0[1] >= $1[1] })
  }

  @Test("a value stands where it belongs on the axis, and one beyond it at its end")
  func axis() throws {
    let plot = try #require(BraillePlot(values: [0, 1, 0.5, 7, -7], range: 0...1))
    // Row = 23 x (1 - share), rounded away from 0.
    #expect(places(plot).map { $0[1] } == [23, 0, 12, 0, 23])
    #expect(plot.summary == "latest -7, mean 0.3, -7 to 7, 5 values")
  }

  @Test("what is not known leaves a gap, and counts nowhere")
  func gaps() throws {
    let plot = try #require(BraillePlot(values: [1, nil, .nan, .infinity, 3]))
    #expect(places(plot) == [[0, 23], [143, 0]])
    #expect(plot.summary == "latest 3, mean 2, 1 to 3, 2 values")
    #expect(BraillePlot(values: [nil, .nan]) == nil && BraillePlot(values: []) == nil)
  }

  @Test("one value, or the same again and again, stands in the middle", arguments: [[0.0], [5, 5, 5], [-2, -2]])
  func constant(values: [Double]) throws {
    let plot = try #require(BraillePlot(values: values))
    #expect(places(plot).allSatisfy { [11, 12].contains($0[1]) } && places(plot).count == values.count)
  }

  @Test("ten thousand values fit")
  func many() throws {
    let plot = try #require(BraillePlot(values: (0..<10_000).map { Double($0 % 7) }, range: 0...6))
    #expect(plot.lines.count == 6 && places(plot).count > 144)
    #expect(plot.summary.hasSuffix("10000 values"))
  }
}
