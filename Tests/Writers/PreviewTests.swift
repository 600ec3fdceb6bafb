import Imaging
import TestSupport
import Testing
import Writers

@Suite("Preview")
struct PreviewTests {
  /// A ball of 22 mm radius, label 2, 14 mm to the patient's left, 10 mm behind and 6 mm above the centre of an anisotropic
  /// image in which a gradient runs from right to left.
  private func ball(_ count: [Int] = [50, 45, 20], step: [Double] = [1.5, 2, 4]) throws -> SegmentedScan {
    let grid = Geometry(
      width: count[0], height: count[1], depth: count[2], origin: SIMD3(-50, -60, -55), iStep: SIMD3(step[0], 0, 0),
      jStep: SIMD3(0, step[1], 0), kStep: SIMD3(0, 0, step[2]))
    let centre = grid.position(
      i: Double(count[0] - 1) / 2, j: Double(count[1] - 1) / 2, k: Double(count[2] - 1) / 2)
    var (voxels, labels): ([Float], [UInt16]) = ([], [])
    for k in 0..<count[2] {
      for j in 0..<count[1] {
        for i in 0..<count[0] {
          let offset = grid.position(i: Double(i), j: Double(j), k: Double(k)) - centre
          voxels.append(Float(100 + offset.x))
          labels.append((offset - SIMD3(14, 10, 6)).length < 22 ? 2 : 0)
        }
      }
    }
    return try SegmentedScan(
      image: Volume(geometry: grid, voxels: voxels), labels: LabelMap(geometry: grid, voxels: labels),
      names: [SegmentLabel(value: 1, name: "Shell"), SegmentLabel(value: 2, name: "Ball")], modality: "MR",
      title: "ball")
  }

  /// Columns and rows between the blocks of pixels that have exactly the outline's colour, plane by plane from the left.
  private func outlines(_ canvas: Canvas, _ colour: Colour, above bottom: Int) -> [(x: Range<Int>, y: Range<Int>)] {
    var columns: [Int: (Int, Int)] = [:]
    for y in 0..<bottom {
      for x in 0..<canvas.width where canvas[x, y] == colour {
        let old = columns[x] ?? (y, y)
        columns[x] = (min(old.0, y), max(old.1, y))
      }
    }
    var found: [(x: Range<Int>, y: Range<Int>)] = []
    for (x, rows) in columns.sorted(by: { $0.key < $1.key }) {
      if let last = found.last, x - last.x.upperBound < 20 {
        found[found.count - 1] = (
          last.x.lowerBound..<x + 1, min(last.y.lowerBound, rows.0)..<max(last.y.upperBound, rows.1 + 1)
        )
      } else {
        found.append((x..<x + 1, rows.0..<rows.1 + 1))
      }
    }
    return found
  }

  @Test("the same patient gives the same picture however the voxels are stored")
  func orientations() throws {
    let scan = try ball()
    let picture = PreviewLayout(scan).drawn().pixels
    for letters in ["RAS", "LPS", "ASL", "PIR", "SRP", "IAL"] {
      let codes = try #require(AxisCodes(letters))
      let turned = try SegmentedScan(
        image: scan.image.reoriented(to: codes), labels: scan.labels.reoriented(to: codes), names: scan.names,
        modality: "MR", title: "ball")
      #expect(PreviewLayout(turned).drawn().pixels == picture, "\(letters)")
    }
  }

  @Test("a ball is round in all three planes, and lies where the letters say")
  func proportions() throws {
    let canvas = PreviewLayout(try ball()).drawn()
    let found = outlines(canvas, Palette.colour(1), above: canvas.height - 80)
    #expect(found.count == 3)
    for outline in found {
      // One voxel is 4 mm thick where the ball is 44 mm wide.
      #expect(abs(Double(outline.x.count) / Double(outline.y.count) - 1) < 0.12, "\(outline)")
    }
    // The gradient is white to the patient's left: the axial picture's left edge is dark, its right edge bright; the ball lies
    // right of the middle of the dark and the bright edge (patient's left), and behind the middle (below).
    let row = found[0].y.lowerBound + found[0].y.count / 2
    let dark = try #require((0..<canvas.width).first { canvas[$0, row] != canvas[0, row] })
    #expect(canvas[dark + 30, row].red < 30)
    #expect(found[0].x.lowerBound - dark > found[0].x.count / 2)
  }

  @Test("what is small gets a close-up, what is large does not")
  func closeUp() throws {
    let large = PreviewLayout(try ball([40, 40, 24], step: [1.5, 1.5, 2.5])).drawn()
    let small = PreviewLayout(try ball([200, 180, 70], step: [1, 1, 2])).drawn()
    #expect(outlines(large, Palette.colour(1), above: large.height - 80).count == 3)
    #expect(small.height > large.height && small.width == large.width)
  }

  @Test("nothing segmented, constant images, NaN and single slices still make a picture")
  func degenerate() throws {
    for shape in [[1, 1, 1], [1, 40, 30], [5, 1, 9], [12, 10, 8]] {
      for fill in [Float(0), -3, .nan, .infinity] {
        let grid = Geometry(
          width: shape[2], height: shape[1], depth: shape[0], origin: .zero, iStep: SIMD3(1, 0, 0),
          jStep: SIMD3(0, 1, 0),
          kStep: SIMD3(0, 0, 3))
        let scan = try SegmentedScan(
          image: Volume(geometry: grid, voxels: [Float](repeating: fill, count: grid.count)),
          labels: LabelMap(geometry: grid, voxels: [UInt16](repeating: 0, count: grid.count)), names: [],
          modality: "CT", title: String(repeating: "long title ", count: 30))
        let canvas = PreviewLayout(scan).drawn()
        #expect(canvas.width == PreviewLayout.width)
        // The words "nothing segmented" are the only thing in the first label's colour.
        #expect(
          (0..<canvas.height).contains { y in (0..<canvas.width).contains { canvas[$0, y] == Palette.colour(0) } })
      }
    }
  }

  @Test("CT is shown in the window of what is segmented, other images between percentiles")
  func window() {
    let grid = Geometry(
      width: 100, height: 10, depth: 1, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 1))
    func window(_ value: Float, _ modality: String) -> GreyWindow {
      let labels = LabelMap(geometry: grid, voxels: (0..<1000).map { $0 < 100 ? 1 : 0 })
      let image = Volume(geometry: grid, voxels: (0..<1000).map { $0 < 100 ? value : -1024 })
      return GreyWindow(for: image, labels: labels, modality: modality)
    }
    #expect(window(50, "CT") == GreyWindow(black: -160, white: 240))
    #expect(window(-800, "CT") == GreyWindow(black: -1350, white: 150))
    #expect(window(700, "CT") == GreyWindow(black: -500, white: 1300))
    let ramp = Volume(geometry: grid, voxels: (0..<1000).map { $0 == 0 ? 1e6 : Float($0) })
    let none = LabelMap(geometry: grid, voxels: [UInt16](repeating: 0, count: 1000))
    let robust = GreyWindow(for: ramp, labels: none, modality: "MR")
    #expect(robust.black < 20 && robust.white > 980 && robust.white < 1000)
    #expect(robust.grey(.nan) == 0 && robust.grey(1e9) == 1 && robust.grey(-1e9) == 0)
  }

  @Test("every printable ASCII character has its own glyph")
  func font() {
    let box = PixelFont.rows(of: "\u{FFFF}")
    var seen: Set<[UInt8]> = [box]
    for code in UInt8(32)...126 {
      let rows = PixelFont.rows(of: Character(Unicode.Scalar(code)))
      #expect(rows.count == PixelFont.height && rows.allSatisfy { $0 < 32 })
      #expect(seen.insert(rows).inserted, "\(Character(Unicode.Scalar(code)))")
    }
  }
}
