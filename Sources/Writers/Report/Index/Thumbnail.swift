import Imaging

/// A run's small picture for the index: the axial plane with the most of what is segmented, cut to it.
public enum Thumbnail {
  /// Width and height, pixels.
  public static let side = 64

  /// How much of the picture what is segmented fills at most.
  private static let filled = 0.6

  /// Grey levels that a small picture keeps: what a glance tells apart, at half the bytes.
  private static let levels = 24

  /// A PNG of ``side`` by ``side`` pixels, radiological convention. nil when libpng has no memory.
  public static func png(for scan: SegmentedScan) -> [UInt8]? {
    let layout = PreviewLayout(scan)
    let picture = PlanePicture(
      subject: layout.subject, plane: .axial, across: range(0, layout.subject), down: range(1, layout.subject),
      window: GreyWindow(for: scan.image, labels: scan.labels, modality: scan.modality), colours: layout.colours)
    let scale = Double(side) / max(picture.extent.width, picture.extent.height)
    let width = max(1, min(side, Int(picture.extent.width * scale)))
    let height = max(1, min(side, Int(picture.extent.height * scale)))
    var canvas = Canvas(width: side, height: side, colour: Colour(grey: 0))
    canvas.drawHalved(
      picture.drawn(width: width, height: height), x: (side - width) / 2, y: (side - height) / 2)
    return coarse(canvas).png
  }

  /// The voxels of an axis that are shown: a square around what is segmented, or everything.
  private static func range(_ axis: Int, _ subject: PreviewSubject) -> Range<Int> {
    let all = 0..<subject.counts[axis]
    guard let box = subject.box else { return all }
    let extents = zip([box.i, box.j], subject.steps).map { Double($0.count) * $1 }
    let half = max(extents[0], extents[1]) / filled / 2 / subject.steps[axis]
    let middle = [box.i, box.j][axis]
    let centre = Double(middle.lowerBound + middle.upperBound) / 2
    let cut = Int(centre - half)..<Int(centre + half) + 1
    return cut.clamped(to: all)
  }

  private static func coarse(_ canvas: Canvas) -> Canvas {
    var result = canvas
    let step = 255 / (levels - 1)
    func level(_ value: UInt8) -> UInt8 { UInt8(min(255, (Int(value) + step / 2) / step * step)) }
    for y in 0..<canvas.height {
      for x in 0..<canvas.width {
        let colour = canvas[x, y]
        result[x, y] = Colour(level(colour.red), level(colour.green), level(colour.blue))
      }
    }
    return result
  }
}
