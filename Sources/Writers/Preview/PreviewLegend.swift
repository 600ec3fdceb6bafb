import Foundation
import Imaging

/// The labels' colours, names and volumes below the planes.
struct PreviewLegend {
  private struct Entry {
    let value: UInt16
    let name: String
    let volume: Double
  }

  private static let columns = 3
  private static let rowHeight = 28
  private static let most = 24
  private static let swatch = 16
  private static let gutter = 36
  private static let textScale = 2

  private let entries: [Entry]
  private let left: Int
  private let isEmpty: Bool
  private let colours: [UInt16: Colour]

  /// Every named label, and those without a name that occur; where they are too many, the largest.
  init(scan: SegmentedScan, subject: PreviewSubject, colours: [UInt16: Colour]) {
    let names = Dictionary(scan.names.map { ($0.value, $0.name) }, uniquingKeysWith: { first, _ in first })
    let all = Set(names.keys).union(subject.statistics.keys).sorted().map { value in
      Entry(
        value: value, name: names[value] ?? "label \(value)",
        volume: subject.statistics[value]?.volume(in: subject.labels.geometry) ?? 0)
    }
    let largest = all.sorted { ($1.volume, $0.value) < ($0.volume, $1.value) }.prefix(Self.most).map { $0.value }
    entries = all.filter { largest.contains($0.value) }
    left = all.count - entries.count
    isEmpty = subject.statistics.isEmpty
    self.colours = colours
  }

  var height: Int {
    let rows = (entries.count + Self.columns - 1) / Self.columns + (left > 0 ? 1 : 0) + (isEmpty ? 1 : 0)
    return rows * Self.rowHeight
  }

  func draw(onto canvas: inout Canvas, x: Int, y: Int, width: Int) {
    var y = y
    if isEmpty {
      canvas.write("nothing segmented", x: x, y: y + 2, scale: Self.textScale, Palette.colours[0])
      y += Self.rowHeight
    }
    let column = width / Self.columns
    for (index, entry) in entries.enumerated() {
      let rows = (entries.count + Self.columns - 1) / Self.columns
      let (left, top) = (x + index / rows * column, y + index % rows * Self.rowHeight)
      canvas.fill(x: left, y: top, width: Self.swatch, height: Self.swatch, colours[entry.value] ?? Palette.text)
      let volume = String(format: entry.volume < 100 ? "%.2f ml" : "%.0f ml", entry.volume)
      let room = (column - Self.swatch - 8 - Self.gutter) / ((PixelFont.width + 1) * Self.textScale) - volume.count - 1
      let name = entry.name.count > room ? entry.name.prefix(room - 3) + "..." : entry.name[...]
      canvas.write(String(name), x: left + Self.swatch + 8, y: top + 1, scale: Self.textScale, Palette.text)
      let end = left + column - Self.gutter - PixelFont.width(of: volume) * Self.textScale
      canvas.write(volume, x: end, y: top + 1, scale: Self.textScale, Palette.quiet)
    }
    guard left > 0 else { return }
    let last = y + (entries.count + Self.columns - 1) / Self.columns * Self.rowHeight
    canvas.write("and \(left) smaller ones", x: x, y: last + 1, scale: Self.textScale, Palette.quiet)
  }
}
