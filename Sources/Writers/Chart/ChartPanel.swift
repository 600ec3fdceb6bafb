import Foundation

/// One curve of a panel: a value for each epoch, nil or not finite where there is none.
struct ChartLine {
  enum Axis {
    case left
    case right
  }

  let name: String
  let colour: Colour
  let values: [Double?]
  let axis: Axis

  init(_ name: String, _ colour: Colour, _ values: [Double?], axis: Axis = .left) {
    self.name = name
    self.colour = colour
    self.values = values.map { $0.flatMap { $0.isFinite ? $0 : nil } }
    self.axis = axis
  }
}

/// Curves over epochs, or other steps, on a left and a right axis, with a legend above. Pixels; `x`, `y` is the upper left corner.
struct ChartPanel {
  let lines: [ChartLine]
  /// The left axis's range; nil: that of its curves.
  var leftRange: ClosedRange<Double>?
  /// The right axis's range; nil: that of its curves.
  let rightRange: ClosedRange<Double>?
  /// What each step is called; nil: they are epochs.
  var steps: [String]?
  let x: Int
  let y: Int
  let width: Int
  let height: Int

  private static let scale = 4
  private static let margin = 220  // room for eight characters and a gap beside each axis

  private var left: Int { x + Self.margin }
  private var right: Int { x + width - Self.margin }
  private var top: Int { y + 64 + (legend.rows - 1) * ChartLegend.rowHeight }
  private var bottom: Int { y + height - 56 }
  private var epochs: Int { lines.map { $0.values.count }.max() ?? 0 }

  func draw(on canvas: inout Canvas) {
    drawLegend(on: &canvas)
    let leftAxis = ChartAxis(values(of: .left), fixed: leftRange)
    let rightAxis = ChartAxis(values(of: .right), fixed: rightRange)
    for tick in leftAxis.ticks { drawTick(tick, leftAxis, on: &canvas) }
    for tick in rightAxis.ticks where lines.contains(where: { $0.axis == .right }) {
      let place = row(tick, rightAxis)
      canvas.write(rightAxis.text(tick), x: right + 16, y: place - 16, scale: Self.scale, Palette.quiet)
    }
    canvas.frame(x: left, y: top, width: right - left + 1, height: bottom - top + 1, Palette.line)
    drawEpochs(on: &canvas)
    for line in lines { draw(line, line.axis == .left ? leftAxis : rightAxis, on: &canvas) }
  }

  private func values(of axis: ChartLine.Axis) -> [Double] {
    lines.filter { $0.axis == axis }.flatMap { $0.values.compactMap { $0 } }
  }

  private func drawLegend(on canvas: inout Canvas) {
    for (line, entry) in zip(lines, legend.entries) {
      let (place, top) = (left + entry.x, y + entry.row * ChartLegend.rowHeight)
      canvas.fill(x: place, y: top + 12, width: 40, height: 10, line.colour)
      canvas.write(entry.name, x: place + ChartLegend.swatch, y: top, scale: Self.scale, Palette.text)
    }
  }

  private var legend: ChartLegend {
    ChartLegend(lines.map { $0.name }, width: x + width - left, scale: Self.scale)
  }

  private func drawTick(_ tick: Double, _ axis: ChartAxis, on canvas: inout Canvas) {
    let place = row(tick, axis)
    canvas.fill(x: left, y: place, width: right - left, height: 2, Palette.line)
    let text = axis.text(tick)
    let start = left - 16 - PixelFont.width(of: text) * Self.scale
    canvas.write(text, x: start, y: place - 16, scale: Self.scale, Palette.quiet)
  }

  private func drawEpochs(on canvas: inout Canvas) {
    let last = max(epochs - 1, 0)
    for epoch in Set([0, last / 2, last]).sorted() {
      let text =
        steps.map { $0.indices.contains(epoch) ? $0[epoch] : "" } ?? (epoch == last ? "epoch \(epoch)" : "\(epoch)")
      let start = min(column(epoch), right - PixelFont.width(of: text) * Self.scale)
      canvas.write(text, x: start, y: bottom + 14, scale: Self.scale, Palette.quiet)
    }
  }

  private func draw(_ line: ChartLine, _ axis: ChartAxis, on canvas: inout Canvas) {
    var previous: (x: Int, y: Int)?
    for (epoch, value) in line.values.enumerated() {
      let here = value.map { (x: column(epoch), y: row($0, axis)) }
      if let here {
        canvas.stroke(from: previous ?? here, to: here, width: 6, line.colour)
      }
      previous = here
    }
  }

  private func column(_ epoch: Int) -> Int {
    epochs < 2 ? (left + right) / 2 : left + (right - left) * epoch / (epochs - 1)
  }

  private func row(_ value: Double, _ axis: ChartAxis) -> Int {
    let share = min(max((value - axis.range.lowerBound) / (axis.range.upperBound - axis.range.lowerBound), 0), 1)
    return bottom - Int((Double(bottom - top) * share).rounded())
  }
}

/// Where each name of a legend stands; pixels, from the legend's upper left corner.
struct ChartLegend {
  static let rowHeight = 44
  /// From a line's sample of colour to its name.
  static let swatch = 52
  /// Longer names lose their middle: rules begin alike, and so may labels.
  static let longestName = 24

  private(set) var entries: [(name: String, x: Int, row: Int)] = []
  var rows: Int { (entries.last?.row ?? 0) + 1 }

  /// One name after the other, in as many rows of `width` as they need.
  init(_ names: [String], width: Int, scale: Int) {
    var (x, row) = (0, 0)
    for name in names {
      let name = name.count > Self.longestName ? name.prefix(10) + ".." + name.suffix(Self.longestName - 12) : name
      let end = x + Self.swatch + PixelFont.width(of: name) * scale
      if end > width, x > 0 { (x, row) = (0, row + 1) }
      entries.append((name, x, row))
      x += Self.swatch + PixelFont.width(of: name) * scale + 56
    }
  }
}

/// The values that an axis spans and where it is labelled.
struct ChartAxis {
  let range: ClosedRange<Double>
  let ticks: [Double]
  private let step: Double

  /// Spans `fixed`, or `values` rounded outwards to steps of 1, 2 or 5 times a power of ten.
  init(_ values: [Double], fixed: ClosedRange<Double>?) {
    let lowest = fixed?.lowerBound ?? values.min() ?? 0
    let highest = fixed?.upperBound ?? values.max() ?? 1
    let span = highest > lowest ? highest - lowest : max(abs(highest), 1e-9)
    let power = pow(10, floor(log10(span / 4)))
    let step = power * ([1, 2, 5].first { span / (power * $0) <= 5 } ?? 10)
    let first = (lowest / step).rounded(.down)
    let last = max((highest / step).rounded(.up), first + 1)
    self.step = step
    range = first * step...last * step
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// As many decimals as tell one tick from the next.
  func text(_ tick: Double) -> String {
    if step < 1e-3 { return String(format: "%.0e", tick) }
    return String(format: "%.\(max(0, -Int(floor(log10(step) + 1e-9))))f", tick)
  }
}

extension Canvas {
  /// Draws a straight line of squares of `width` pixels.
  mutating func stroke(from start: (x: Int, y: Int), to end: (x: Int, y: Int), width: Int, _ colour: Colour) {
    let steps = max(abs(end.x - start.x), abs(end.y - start.y), 1)
    for step in 0...steps {
      let x = start.x + (end.x - start.x) * step / steps
      let y = start.y + (end.y - start.y) * step / steps
      fill(x: x - width / 2, y: y - width / 2, width: width, height: width, colour)
    }
  }
}
