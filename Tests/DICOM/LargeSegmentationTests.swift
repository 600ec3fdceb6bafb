import DICOM
import Foundation
import Imaging
import Testing

/// DICOM SEG out of 60 slices with five labels: double oblique, and with a tilted gantry. `Golden/compare_seg_peers.py` reads what this
/// keeps in the folder VIGIL_KEEP_SEG with highdicom and pydicom.
@Suite struct LargeSegmentationTests {
  static let labels: [UInt16] = [1, 2, 3, 7, 40]
  static let segments = labels.map { label in
    SegmentationOutput.SegmentDescription(
      label: label, name: "part \(label)",
      type: CodedConcept(value: "279335002", scheme: "SCT", meaning: "Head of hippocampus"))
  }
  static let row = SIMD3<Double>(0.8, 0.36, -0.48)
  static let column = SIMD3<Double>(0, 0.8, 0.6)
  static let normal = SIMD3<Double>(0.6, -0.48, 0.64)

  enum Kind: String, CaseIterable {
    case oblique, tilted

    /// 96 x 80 x 60 voxels of 0.75 x 0.9 x 1.3 mm; the tilted stack leans by 19 degrees.
    var geometry: Geometry {
      let lean = self == .tilted ? column * 0.45 : .zero
      return Geometry(
        width: 96, height: 80, depth: 60, origin: SIMD3(-31.5, 12.25, -88), iStep: row * 0.75, jStep: column * 0.9,
        kStep: normal * 1.3 + lean)
    }
  }

  /// Ellipsoids beside and within each other, each in some of the slices only; the last has one voxel.
  static func map(_ g: Geometry) -> LabelMap {
    let bodies: [(label: UInt16, centre: SIMD3<Double>, radius: SIMD3<Double>)] = [
      (1, SIMD3(40, 36, 25), SIMD3(30, 22, 20)), (2, SIMD3(44, 40, 28), SIMD3(14, 12, 9)),
      (3, SIMD3(80, 60, 50), SIMD3(11, 15, 7)), (7, SIMD3(8, 9, 30), SIMD3(7.5, 8, 25)),
      (40, SIMD3(95, 79, 59), SIMD3(1, 1, 1) * 0.5),
    ]
    var voxels = [UInt16](repeating: 0, count: g.count)
    for (label, centre, radius) in bodies {
      for voxel in voxels.indices {
        let index = SIMD3(
          Double(voxel % g.width), Double(voxel / g.width % g.height), Double(voxel / g.width / g.height))
        let d = (index - centre) / radius
        if (d * d).sum() <= 1 { voxels[voxel] = label }
      }
    }
    return LabelMap(geometry: g, voxels: voxels)
  }

  /// A CT series on any grid, slices in no order.
  static func write(_ kind: Kind, to folder: URL) throws {
    let g = kind.geometry
    var phantom = Phantom(rows: g.height, columns: g.width, spacing: (row: 0.9, column: 0.75))
    phantom.orientation = [row.x, row.y, row.z, column.x, column.y, column.z]
    for k in 0..<g.depth {
      let number = k * 37 % 60 + 1
      let p = g.position(i: 0, j: 0, k: Double(number - 1))
      var slice = phantom.slice(number, at: [p.x, p.y, p.z].map { ($0 * 1e6).rounded() / 1e6 })
      slice.text(0x0020_0010, "SH", "1")
      try slice.write(to: folder.appendingPathComponent("f\(k)"))
    }
  }

  @Test(arguments: Kind.allCases)
  func everyVoxelOfALargeMapComesBack(kind: Kind) async throws {
    let folder = try TemporaryFolder()
    try Self.write(kind, to: folder.url)
    let scan = try #require(try await Conversion.convert(folder.files).results.first?.scan)
    #expect(scan.volume.geometry.isSameGrid(as: kind.geometry))
    #expect((scan.volume.geometry.leanDegrees > 15) == (kind == .tilted))
    let map = Self.map(scan.volume.geometry)
    let file = folder.url.appendingPathComponent("out.seg.dcm")
    let check = try SegmentationOutput(segments: Self.segments).write(map, of: scan, to: file)
    #expect(check.labels.map { $0.label } == Self.labels && check.labels[4].voxels == 1)
    let back = try SegmentationObject(file).labels(on: scan.volume.geometry).labels
    let numbers = Dictionary(uniqueKeysWithValues: zip([0] + Self.labels, [UInt16]([0, 1, 2, 3, 4, 5])))
    #expect(back.voxels == map.voxels.map { numbers[$0] ?? 99 })
    if FileManager.default.isExecutableFile(atPath: SampleSeriesTests.dciodvfy) {
      let output = try SampleSeriesTests.verified(file)
      #expect(output.contains("Segmentation"))
      #expect(output.split(separator: "\n").filter { $0.hasPrefix("Error") }.isEmpty, "\(output)")
    }
    try Self.keep(kind, file, map, scan)
  }

  /// The file, the map as little-endian words `[D, H, W]`, and what Python needs to know of them.
  private static func keep(_ kind: Kind, _ file: URL, _ map: LabelMap, _ scan: Scan) throws {
    guard let path = ProcessInfo.processInfo.environment["VIGIL_KEEP_SEG"] else { return }
    let place = URL(fileURLWithPath: path).appendingPathComponent(kind.rawValue)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try Data(contentsOf: file).write(to: place.appendingPathComponent("seg.dcm"))
    try map.voxels.withUnsafeBytes { Data($0) }.write(to: place.appendingPathComponent("labels.u16"))
    struct Facts: Encodable {
      let shape: [Int]
      let labels: [UInt16]
      let origin: [Double]
      let steps: [[Double]]
      let instances: [String?]
    }
    let g = map.geometry
    let steps = [g.kStep, g.jStep, g.iStep].map { [$0.x, $0.y, $0.z] }
    let facts = Facts(
      shape: g.shape, labels: labels, origin: [g.origin.x, g.origin.y, g.origin.z], steps: steps,
      instances: scan.planes.map { $0.sopInstanceUID })
    try JSONEncoder().encode(facts).write(to: place.appendingPathComponent("facts.json"))
  }

  @Test func theSameRunWritesTheSameBytesAndAnotherOther() async throws {
    let folder = try TemporaryFolder()
    _ = try SampleSeries().write(SampleSeriesTests.volume(), to: folder.url)
    let scan = try #require(try await Conversion.convert(folder.files).results.first?.scan)
    var output = SegmentationOutput(segments: SegmentationOutputTests.segments)
    output.date = Date(timeIntervalSince1970: 1_800_000_000)
    let map = SegmentationOutputTests.labels(on: scan.volume.geometry)
    func written(_ output: SegmentationOutput, _ map: LabelMap) throws -> (bytes: Data, uid: String) {
      let file = folder.url.appendingPathComponent(UUID().uuidString)
      let check = try output.write(map, of: scan, to: file)
      return (try Data(contentsOf: file), check.sopInstanceUID)
    }
    let first = try written(output, map)
    #expect(try written(output, map) == first)
    #expect(first.uid.hasPrefix("2.25.") && first.uid.utf8.count <= 64)
    var changed = output
    changed.date += 1
    var other = map.voxels
    other[0] = other[0] == 0 ? 1 : 0
    let otherMap = LabelMap(geometry: map.geometry, voxels: other)
    changed = output
    changed.algorithmName = "another model"
    let uids = [first.uid, try written(changed, map).uid, try written(output, otherMap).uid]
    changed = output
    changed.date += 1
    #expect(Set(uids + [try written(changed, map).uid]).count == 4)
  }
}
