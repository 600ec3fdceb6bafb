import Imaging
import TestSupport
import Testing
import Writers

@Suite("Size of report.html")
struct ReportBudgetTests {
  /// A body with organs, bones and a table in air, with a scanner's noise: as hard to pack as a CT.
  static func phantom(_ width: Int, _ height: Int, _ depth: Int) -> Volume {
    let geometry = ReportSample.geometry(width, height, depth, spacing: SIMD3(0.8, 0.8, 1.5))
    var random = SplitMix64(seed: 5)
    // A table of noise, read from a random place in each row: a normal draw for each voxel would take most of the time.
    let noise = random.normals(1 << 16)
    var voxels: [Float] = []
    voxels.reserveCapacity(geometry.count)
    for _ in 0..<depth {
      for j in 0..<height {
        var place = Int(random.next() & 0xFFFF)
        let v = (Float(j) / Float(height) - 0.5) / 0.36
        for i in 0..<width {
          let u = (Float(i) / Float(width) - 0.5) / 0.44
          let radius = u * u + v * v
          place = (place + 1) & 0xFFFF
          voxels.append((tissue(radius, u, v) + noise[place] * (radius < 1 ? 14 : 9)).rounded())
        }
      }
    }
    return Volume(geometry: geometry, voxels: voxels)
  }

  private static func tissue(_ radius: Float, _ u: Float, _ v: Float) -> Float {
    if radius >= 1 { return -1000 }
    if radius > 0.85 { return -100 }
    if u * u + (v - 0.6) * (v - 0.6) < 0.03 { return 500 }
    if (abs(u) - 0.45) * (abs(u) - 0.45) + v * v * 0.5 < 0.08 { return -850 }
    return 50
  }

  @Test("a CT of 512 x 512 x 300 stays below 25 MB and its grey levels stay below the noise", .timeLimit(.minutes(2)))
  func largeCT() throws {
    let image = Self.phantom(512, 512, 300)
    var content = ReportSample.content(image.geometry, modality: "CT", voxels: image.voxels)
    content.reference = nil
    let page = try Report.html(content)
    #expect(page.count < 25_000_000)
    #expect(page.count > 5_000_000)
    let read = try ReportReader(page)
    #expect(read.description.image.bytes == 1)
    // Steps below the noise's deviation (14 HU) add less than a twelfth to its variance, so nothing visible.
    #expect(read.description.levels.map { $0.step }.min() ?? 99 < 14)
    #expect(read.text.contains("Values are shown in steps of"))
  }

  @Test("under a tight budget levels get coarser, then air is cropped, then resolution halves, and the page says so")
  func ladder() throws {
    let image = Self.phantom(96, 96, 24)
    var content = ReportSample.content(image.geometry, modality: "CT", voxels: image.voxels)
    content.reference = nil
    var sizes: [Int] = []
    var says: [String] = []
    for budget in [1_400_000, 1_180_000, 1_075_000, 1_045_000] {
      let page = try Report.html(content, budget: budget)
      #expect(page.count <= budget)
      let read = try ReportReader(page)
      sizes.append(read.description.size[0])
      says.append(read.text)
    }
    #expect(sizes.first == 96)
    #expect((sizes.last ?? 96) < 48)
    #expect(says.last?.contains("2 x 2 voxels") == true)
    #expect(says.last?.contains("only the body is shown") == true)
    #expect(says.first?.contains("only the body is shown") == false)
    #expect(throws: ReportError.tooLarge(voxels: image.geometry.count, budget: 1000)) {
      try Report.html(content, budget: 1_001_000)
    }
  }

  @Test("the part of a grid that is shown lies where it did: cropped and halved, positions agree")
  func positions() {
    let whole = ReportSample.geometry(40, 30, 20, spacing: SIMD3(0.5, 0.7, 3))
    let grid = DisplayGrid(whole, box: [4..<37, 2..<30, 5..<9], reduction: 2)
    #expect(grid.geometry.shape == [4, 14, 16])
    let expected = whole.position(i: 4.5 + 2 * 3, j: 2.5 + 2 * 5, k: 5 + 2)
    // Rounding of a few additions.
    #expect((grid.geometry.position(i: 3, j: 5, k: 2) - expected).length < 1e-9)
  }

  @Test("halving takes the mean of the image and loses no label")
  func halving() {
    let geometry = ReportSample.geometry(4, 2, 1)
    let grid = DisplayGrid(geometry, box: [0..<4, 0..<2, 0..<1], reduction: 2)
    let image = Volume(geometry: geometry, voxels: [1, 3, 0, 0, 5, 7, 0, 8])
    let labels = LabelMap(geometry: geometry, voxels: [0, 0, 0, 0, 0, 9, 0, 0])
    #expect(grid.slice(0, of: image) == [4, 2])
    #expect(grid.slice(0, of: labels) == [9, 0])
  }
}
