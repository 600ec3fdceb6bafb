import Imaging
import TestSupport
import Testing
import Writers

@Suite("Voxels in report.html")
struct ReportVoxelTests {
  @Test("whole numbers within 4096 come back exactly, and so do labels and mask")
  func exact() throws {
    let content = ReportSample.content()
    let page = try ReportReader(Report.html(content))
    #expect(try page.image() == content.image.voxels.map(Double.init))
    #expect(try page.labels("model") == content.labels.voxels.map(Int.init))
    #expect(try page.labels("reference") == content.reference?.labels.voxels.map(Int.init))
    #expect(page.description.image.bytes == 2)
    #expect(page.text.contains("Every voxel is shown with its exact value."))
  }

  @Test("whole numbers within 256 take one byte each")
  func exactBytes() throws {
    let geometry = ReportSample.geometry(21, 17, 13)
    var random = SplitMix64(seed: 11)
    let voxels = (0..<geometry.count).map { _ in Float(Int(random.next() % 256)) - 100 }
    let page = try ReportReader(Report.html(ReportSample.content(geometry, voxels: voxels)))
    #expect(try page.image() == voxels.map(Double.init))
    #expect(page.description.image.bytes == 1)
  }

  @Test("fractions come back within half of the step that the page names")
  func quantised() throws {
    let geometry = ReportSample.geometry(24, 20, 10)
    var random = SplitMix64(seed: 3)
    let voxels = random.uniforms(geometry.count, in: -3...40_000)
    let page = try ReportReader(Report.html(ReportSample.content(geometry, voxels: voxels)))
    let step = try #require(page.description.levels.first?.step)
    // Half a step, and what Float leaves open at 40,000.
    let tolerance = step / 2 + 0.01
    #expect(zip(try page.image(), voxels).allSatisfy { abs($0 - Double($1)) <= tolerance })
    #expect(page.description.levels.reduce(0) { $0 + $1.count } == 4096)
    #expect(!page.text.contains("exact value"))
  }

  @Test(
    "values that are not numbers, and images without any contrast, make a page", arguments: [Float.nan, .infinity, 5])
  func degenerate(_ value: Float) throws {
    let geometry = ReportSample.geometry(12, 12, 12)
    let voxels = [Float](repeating: value, count: geometry.count)
    let page = try ReportReader(Report.html(ReportSample.content(geometry, voxels: voxels)))
    #expect(try page.image().allSatisfy { $0 == (value == 5 ? 5 : 0) })
  }

  @Test("a single slice, a single row and a single voxel make a page", arguments: [[9, 7, 1], [9, 1, 1], [1, 1, 1]])
  func thin(_ counts: [Int]) throws {
    let geometry = ReportSample.geometry(counts[0], counts[1], counts[2])
    var content = ReportSample.content()
    content.image = Volume(geometry: geometry, voxels: (0..<geometry.count).map(Float.init))
    content.labels = LabelMap(geometry: geometry, voxels: [UInt16](repeating: 2, count: geometry.count))
    content.reference = nil
    let page = try ReportReader(Report.html(content))
    #expect(try page.image() == (0..<geometry.count).map(Double.init))
    #expect(try page.labels("model") == [Int](repeating: 2, count: geometry.count))
  }

  @Test("a CT is shown in Hounsfield units from air to bone, what lies beyond is cut off")
  func hounsfield() throws {
    let geometry = ReportSample.geometry(16, 16, 12)
    let voxels = (0..<geometry.count).map { Float($0 % 6000) - 2000 }
    let page = try ReportReader(Report.html(ReportSample.content(geometry, modality: "CT", voxels: voxels)))
    #expect(try page.image() == voxels.map { Double(max(-1024, min(3071, $0))) })
    #expect(page.text.contains("\"Soft tissue\""))
    #expect(page.text.contains("steps of 1 from -1024"))
  }

  @Test("labels without a name, and more labels than a byte holds, keep their numbers")
  func manyLabels() throws {
    let geometry = ReportSample.geometry(30, 20, 2)
    var content = ReportSample.content(ReportSample.geometry(30, 20, 12))
    content.image = Volume(geometry: geometry, voxels: [Float](repeating: 0, count: geometry.count))
    content.labels = LabelMap(geometry: geometry, voxels: (0..<geometry.count).map { UInt16($0 % 400 * 100) })
    content.reference = nil
    let page = try ReportReader(Report.html(content))
    #expect(page.description.model.bytes == 2)
    #expect(page.description.labels.count == 3 + 399)
    // Codes 1 to 3 are the named labels, then come the numbers in order: 100 is code 4.
    let expected = content.labels.voxels.map { $0 == 0 ? 0 : Int($0) / 100 + 3 }
    #expect(try page.labels("model") == expected)
    #expect(page.description.labels[3].name == "Label 100")
  }

  @Test("the page opens on a labelled voxel")
  func opening() throws {
    let content = ReportSample.content()
    let opening = try ReportReader(Report.html(content)).description.opening
    let place = (opening[2] * 18 + opening[1]) * 20 + opening[0]
    #expect(content.labels.voxels[place] != 0)
  }
}
