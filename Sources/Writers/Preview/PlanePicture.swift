import Imaging

/// One slice of a subject drawn at a scale: grey values by linear interpolation (or their mean where the picture is coarser),
/// labels as outlines with a light tint.
struct PlanePicture {
  let subject: PreviewSubject
  let plane: PreviewPlane
  /// Ranges of the axes across and down, voxels, half-open.
  let across: Range<Int>
  let down: Range<Int>
  let window: GreyWindow
  let colours: [UInt16: Colour]

  /// How much of a label's colour lies over its inside.
  private static let tint: Float = 0.14
  /// Width of an outline, pixels of the final picture.
  private static let outline = 2.0

  /// The size in mm.
  var extent: (width: Double, height: Double) {
    (
      Double(across.count) * subject.steps[plane.axes.across], Double(down.count) * subject.steps[plane.axes.down]
    )
  }

  /// The picture at twice the given size, to be halved: that smooths the outlines.
  func drawn(width: Int, height: Int) -> Canvas {
    let (wide, high) = (2 * width, 2 * height)
    var canvas = Canvas(width: wide, height: high, colour: Colour(grey: 0))
    let columns = samples(across, pixels: wide, isReversed: false)
    let rows = samples(down, pixels: high, isReversed: plane.isUpended)
    let (image, map) = (slice(of: subject.image.voxels), slice(of: subject.labels.voxels))
    var labels = [UInt16](repeating: 0, count: wide * high)
    for y in 0..<high {
      for x in 0..<wide {
        let grey = window.grey(value(columns[x], rows[y], in: image))
        canvas[x, y] = Colour(grey: UInt8(grey * 255 + 0.5))
        labels[y * wide + x] = label(columns[x], rows[y], in: map)
      }
    }
    paint(labels, onto: &canvas)
    return canvas
  }

  /// The part of the slice that is drawn, row by row.
  private func slice<Voxel>(of voxels: [Voxel]) -> [Voxel] {
    let strides = [1, subject.counts[0], subject.counts[0] * subject.counts[1]]
    let (x, y, through) = (strides[plane.axes.across], strides[plane.axes.down], strides[plane.axes.through])
    let start = subject.centre[plane.axes.through] * through
    return down.flatMap { row in across.map { voxels[start + row * y + $0 * x] } }
  }

  /// Where a row or column of pixels falls on an axis: the two voxels beside it, the share of the second, and how many voxels
  /// one pixel spans.
  private struct Sample {
    let low: Int
    let high: Int
    let share: Float
    let span: Int
  }

  private func samples(_ range: Range<Int>, pixels: Int, isReversed: Bool) -> [Sample] {
    let scale = Double(range.count) / Double(pixels)
    return (0..<pixels).map { pixel in
      let from = isReversed ? pixels - 1 - pixel : pixel
      let place = min(max((Double(from) + 0.5) * scale - 0.5, 0), Double(range.count - 1))
      let low = Int(place)
      return Sample(low: low, high: min(low + 1, range.count - 1), share: Float(place - Double(low)), span: Int(scale))
    }
  }

  private func value(_ x: Sample, _ y: Sample, in slice: [Float]) -> Float {
    let width = across.count
    if x.span > 1 || y.span > 1 {
      var (sum, count): (Float, Float) = (0, 0)
      for row in max(0, y.low - y.span / 2)...y.high {
        for column in max(0, x.low - x.span / 2)...x.high {
          sum += slice[row * width + column]
          count += 1
        }
      }
      return sum / count
    }
    let (top, bottom) = (y.low * width, y.high * width)
    let upper = slice[top + x.low] + x.share * (slice[top + x.high] - slice[top + x.low])
    let lower = slice[bottom + x.low] + x.share * (slice[bottom + x.high] - slice[bottom + x.low])
    return upper + y.share * (lower - upper)
  }

  /// The label with the largest share of the four voxels around, which rounds the voxels' corners.
  private func label(_ x: Sample, _ y: Sample, in slice: [UInt16]) -> UInt16 {
    let width = across.count
    let (a, b) = (slice[y.low * width + x.low], slice[y.low * width + x.high])
    let (c, d) = (slice[y.high * width + x.low], slice[y.high * width + x.high])
    if a == b, b == c, c == d { return a }
    let (right, below) = (x.share, y.share)
    func share(of label: UInt16) -> Float {
      let upper = (a == label ? 1 - right : 0) + (b == label ? right : 0)
      let lower = (c == label ? 1 - right : 0) + (d == label ? right : 0)
      return upper * (1 - below) + lower * below
    }
    var (best, most) = (a, share(of: a))
    if share(of: b) > most { (best, most) = (b, share(of: b)) }
    if share(of: c) > most { (best, most) = (c, share(of: c)) }
    return share(of: d) > most ? d : best
  }

  private func paint(_ labels: [UInt16], onto canvas: inout Canvas) {
    let reach = Int((2 * Self.outline).rounded())
    let (wide, high) = (canvas.width, canvas.height)
    for y in 0..<high {
      for x in 0..<wide {
        let label = labels[y * wide + x]
        guard label != 0, let colour = colours[label] else { continue }
        let isEdge = (1...reach).contains { step in
          (x >= step && labels[y * wide + x - step] != label)
            || (x + step < wide && labels[y * wide + x + step] != label)
            || (y >= step && labels[(y - step) * wide + x] != label)
            || (y + step < high && labels[(y + step) * wide + x] != label)
        }
        canvas[x, y] = isEdge ? colour : canvas[x, y].mixed(with: colour, Self.tint)
      }
    }
  }
}
