import DICOM
import Foundation
import Imaging
import Testing

/// Segmentations that highdicom wrote (Golden/make_seg_peers.py): every type, native and RLE, on an oblique grid, one slice without labels.
@Suite struct HighdicomMaskTests {
  struct Peers: Decodable {
    let labels: [UInt16]
  }

  static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

  static let grid = Geometry(
    width: 7, height: 9, depth: 5, origin: SIMD3(-10, 20, 30), iStep: SIMD3(0.8, 0.36, -0.48) * 0.5,
    jStep: SIMD3(0, 0.8, 0.6) * 0.75, kStep: SIMD3(0.6, -0.48, 0.64) * 2.5)

  static func labels() throws -> [UInt16] {
    try JSONDecoder().decode(Peers.self, from: Data(contentsOf: golden.appendingPathComponent("seg_peers.json"))).labels
  }

  static func mask(_ name: String, segments: Set<Int>? = nil) throws -> PlacedMask {
    try SegmentationObject(golden.appendingPathComponent(name)).labels(on: grid, segments: segments)
  }

  @Test(arguments: ["seg_binary.dcm", "seg_labelmap.dcm", "seg_labelmap_rle.dcm"])
  func labelsAreThoseThatWereWritten(name: String) throws {
    let mask = try Self.mask(name)
    #expect(mask.labels.voxels == (try Self.labels()))
    #expect(!mask.isResampled && mask.overlappingVoxels == 0 && mask.pixelsOutside == 0)
    #expect(try Self.mask(name, segments: [2]).labels.voxels == Self.labels().map { $0 == 2 ? 2 : 0 })
    let object = try SegmentationObject(Self.golden.appendingPathComponent(name))
    #expect(object.segments.map { $0.label } == ["part 1", "part 2", "part 3"])
    #expect(object.referencedSeriesInstanceUIDs == ["1.2.3.4"])
  }

  @Test func labelsOfSixteenBits() throws {
    #expect(try Self.mask("seg_labelmap_wide.dcm").labels.voxels == Self.labels().map { $0 * 100 })
  }

  @Test func overlappingSegmentsComeOneByOne() throws {
    let labels = try Self.labels()
    let one = try Self.mask("seg_overlap.dcm", segments: [1])
    #expect(one.labels.voxels == labels.map { $0 == 1 ? 1 : 0 })
    #expect(try Self.mask("seg_overlap.dcm", segments: [2]).labels.voxels == labels.map { $0 <= 1 ? 2 : 0 })
    let all = try Self.mask("seg_overlap.dcm")
    #expect(all.overlappingVoxels == labels.filter { $0 == 1 }.count)
    #expect(all.labels.voxels == labels.map { $0 <= 1 ? 2 : $0 == 3 ? 3 : 0 })
  }

  @Test(arguments: ["seg_fractional.dcm", "seg_fractional_rle.dcm"])
  func fractionsFromOneHalfOn(name: String) throws {
    #expect(try Self.mask(name).labels.voxels == Self.labels().map { $0 == 1 ? 1 : 0 })
  }
}
