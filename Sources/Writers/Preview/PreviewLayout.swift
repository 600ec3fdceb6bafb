import Foundation
import Imaging

/// Puts the planes, their letters and the legend together.
package struct PreviewLayout {
  /// Width of the picture, and the lengths that its parts keep to, pixels.
  package static let width = 1200
  private static let margin = 16
  private static let gap = 12
  private static let textScale = 2
  private static let lineHeight = 24
  /// Greatest height of a row of planes: alone, above a close-up, and the close-up's.
  private static let heights = (alone: 640.0, above: 340.0, closeUp: 480.0)
  /// A close-up is added where what is segmented fills less than this share of the field of view along every axis.
  private static let closeUpShare = 0.5

  let scan: SegmentedScan
  let subject: PreviewSubject
  let colours: [UInt16: Colour]

  /// The layout for a scan.
  package init(_ scan: SegmentedScan) {
    self.scan = scan
    subject = PreviewSubject(scan.image, scan.labels)
    let known = scan.names.map { $0.value }
    let others = subject.statistics.keys.filter { !known.contains($0) }.sorted()
    colours = Dictionary(
      (known + others).enumerated().map { ($1, Palette.colour($0)) }, uniquingKeysWith: { first, _ in first })
  }

  /// The whole picture.
  package func drawn() -> Canvas {
    let closeUp = closeUpBox
    var rows = [row(subject.image.geometry.box, height: closeUp == nil ? Self.heights.alone : Self.heights.above)]
    if let closeUp { rows.append(row(closeUp, height: Self.heights.closeUp)) }
    let legend = PreviewLegend(scan: scan, subject: subject, colours: colours)
    let head = Self.margin + Self.lineHeight + Self.gap
    let planes = rows.reduce(0) { $0 + $1.height + Self.lineHeight + Self.gap }
    var canvas = Canvas(
      width: Self.width, height: head + planes + legend.height + Self.margin, colour: Palette.ground)
    writeHead(&canvas)
    var y = head
    for (index, row) in rows.enumerated() {
      draw(row, at: y, frame: index == 0 ? closeUp : nil, onto: &canvas)
      y += row.height + Self.lineHeight + Self.gap
    }
    legend.draw(onto: &canvas, x: Self.margin, y: y, width: Self.width - 2 * Self.margin)
    return canvas
  }

  // MARK: Rows

  private struct Row {
    let pictures: [(picture: PlanePicture, width: Int, height: Int)]
    let scale: Double
    var height: Int { pictures.map { $0.height }.max() ?? 0 }
    var width: Int { pictures.reduce(0) { $0 + $1.width } }
  }

  /// What is segmented and some room around it, where it is small in the image.
  private var closeUpBox: Box? {
    guard let box = subject.box else { return nil }
    let found = [box.i.count, box.j.count, box.k.count]
    let isSmall = zip(found, subject.counts).allSatisfy { Double($0) < Self.closeUpShare * Double($1) }
    let longest = zip(found, subject.steps).map { Double($0) * $1 }.max() ?? 0
    return isSmall ? box.grown(by: max(8, longest / 4), in: subject.image.geometry) : nil
  }

  /// The three planes of a block, all at one scale.
  private func row(_ box: Box, height: Double) -> Row {
    let ranges = [box.i, box.j, box.k]
    let window = GreyWindow(
      for: subject.image.cropped(to: box), labels: subject.labels.cropped(to: box), modality: scan.modality)
    let pictures = PreviewPlane.allCases.map { plane in
      PlanePicture(
        subject: subject, plane: plane, across: ranges[plane.axes.across], down: ranges[plane.axes.down],
        window: window, colours: colours)
    }
    let wide = Double(Self.width - 2 * Self.margin - 2 * Self.gap)
    let scale = min(
      wide / pictures.reduce(0) { $0 + $1.extent.width }, height / (pictures.map { $0.extent.height }.max() ?? 1))
    return Row(
      pictures: pictures.map {
        ($0, max(1, Int($0.extent.width * scale)), max(1, Int($0.extent.height * scale)))
      }, scale: scale)
  }

  private func draw(_ row: Row, at y: Int, frame: Box?, onto canvas: inout Canvas) {
    var x = (Self.width - row.width - 2 * Self.gap) / 2
    for (picture, width, height) in row.pictures {
      let top = y + Self.lineHeight + (row.height - height) / 2
      canvas.drawHalved(picture.drawn(width: width, height: height), x: x, y: top)
      if let frame { draw(frame, of: picture, x: x, y: top, width: width, height: height, onto: &canvas) }
      writeLetters(picture.plane, x: x, y: top, width: width, height: height, onto: &canvas)
      let slice = "\(picture.plane.rawValue) \(number(picture.plane))"
      canvas.write(slice, x: x, y: top - Self.lineHeight + 4, scale: Self.textScale, Palette.quiet)
      if picture.plane == .axial { drawBar(scale: row.scale, x: x, y: top + height, width: width, onto: &canvas) }
      x += width + Self.gap
    }
  }

  private func number(_ plane: PreviewPlane) -> String {
    "\(subject.centre[plane.axes.through] + 1)/\(subject.counts[plane.axes.through])"
  }

  /// The close-up's block as a thin frame in the whole plane.
  private func draw(
    _ box: Box, of picture: PlanePicture, x: Int, y: Int, width: Int, height: Int, onto canvas: inout Canvas
  ) {
    let ranges = [box.i, box.j, box.k]
    let (across, down) = (ranges[picture.plane.axes.across], ranges[picture.plane.axes.down])
    let (sx, sy) = (Double(width) / Double(picture.across.count), Double(height) / Double(picture.down.count))
    let top = picture.plane.isUpended ? picture.down.count - down.upperBound : down.lowerBound
    canvas.frame(
      x: x + Int(Double(across.lowerBound) * sx), y: y + Int(Double(top) * sy), width: Int(Double(across.count) * sx),
      height: Int(Double(down.count) * sy), Palette.text)
  }

  // MARK: Words

  private func writeHead(_ canvas: inout Canvas) {
    let words = "patient's left is on the right"
    let room = (Self.width - 2 * Self.margin) / ((PixelFont.width + 1) * Self.textScale) - words.count - 2
    let title = scan.title.count > room ? scan.title.prefix(room - 3) + "..." : scan.title[...]
    canvas.write(String(title), x: Self.margin, y: Self.margin, scale: Self.textScale, Palette.text)
    let right = Self.width - Self.margin - PixelFont.width(of: words) * Self.textScale
    canvas.write(words, x: right, y: Self.margin, scale: Self.textScale, Palette.quiet)
  }

  private func writeLetters(
    _ plane: PreviewPlane, x: Int, y: Int, width: Int, height: Int, onto canvas: inout Canvas
  ) {
    let (wide, high) = (PixelFont.width * Self.textScale, 7 * Self.textScale)
    let letters = plane.letters
    var places = [
      (letters.left, x + 6, y + (height - high) / 2), (letters.right, x + width - wide - 6, y + (height - high) / 2),
    ]
    if height > 4 * high {
      places.append((letters.top, x + (width - wide) / 2, y + 6))
      places.append((letters.bottom, x + (width - wide) / 2, y + height - high - 6))
    }
    for (letter, x, y) in places {
      canvas.write(letter, x: x, y: y, scale: Self.textScale, Palette.text, halo: Colour(grey: 0))
    }
  }

  /// A bar of a round length, at most a third of the picture wide.
  private func drawBar(scale: Double, x: Int, y: Int, width: Int, onto canvas: inout Canvas) {
    let lengths = [100.0, 50, 20, 10, 5, 2, 1]
    guard let length = lengths.first(where: { $0 * scale <= Double(width) / 3 }) else { return }
    let pixels = Int(length * scale)
    canvas.fill(x: x + 9, y: y - 13, width: pixels + 2, height: 6, Colour(grey: 0))
    canvas.fill(x: x + 10, y: y - 12, width: pixels, height: 4, Palette.text)
    canvas.write(
      "\(Int(length)) mm", x: x + 10, y: y - 32, scale: Self.textScale, Palette.text, halo: Colour(grey: 0))
  }
}
