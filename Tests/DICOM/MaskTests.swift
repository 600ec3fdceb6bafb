import DICOM
import Foundation
import Imaging
import Testing

/// DICOM SEG and RTSTRUCT made by hand, as label maps.
@Suite struct MaskTests {
  static let geometry = Geometry(
    width: 6, height: 5, depth: 4, origin: SIMD3(-10, 20, 3), iStep: SIMD3(0.5, 0, 0), jStep: SIMD3(0, 0.75, 0),
    kStep: SIMD3(0, 0, 2))

  /// One frame: segment, plane k, and the pixels that are set.
  typealias Frame = (segment: Int, k: Int, pixels: [Int])

  static func segmentation(_ frames: [Frame], fractional: Bool = false, value: Int = 255) -> RawDICOM {
    var d = RawDICOM()
    d.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.66.4")
    d.text(0x0008_0018, "UI", "1.2.3.77")
    d.text(0x0008_0060, "CS", "SEG")
    d.number(0x0028_0010, "US", 5)
    d.number(0x0028_0011, "US", 6)
    d.number(0x0028_0002, "US", 1)
    d.text(0x0028_0008, "IS", "\(frames.count)")
    d.number(0x0028_0100, "US", fractional ? 8 : 1)
    d.text(0x0062_0001, "CS", fractional ? "FRACTIONAL" : "BINARY")
    d.number(0x0062_000E, "US", 200)
    d[0x0062_0002] = .items(
      Set(frames.map { $0.segment }).sorted().map { number in
        var s = RawDICOM()
        s.number(0x0062_0004, "US", Double(number))
        s.text(0x0062_0005, "LO", "part \(number)")
        return s
      })
    var orientation = RawDICOM()
    orientation.text(0x0020_0037, "DS", "1\\0\\0\\0\\1\\0")
    var measures = RawDICOM()
    measures.text(0x0028_0030, "DS", "0.75\\0.5")
    measures.text(0x0018_0050, "DS", "2")
    var shared = RawDICOM()
    shared[0x0020_9116] = .items([orientation])
    shared[0x0028_9110] = .items([measures])
    d[0x5200_9229] = .items([shared])
    d[0x5200_9230] = .items(frames.map { group($0) })
    var samples = [UInt8](repeating: 0, count: frames.count * 30)
    for (index, frame) in frames.enumerated() {
      for pixel in frame.pixels { samples[index * 30 + pixel] = UInt8(value) }
    }
    d[0x7FE0_0010] = .bytes("OB", fractional ? samples : packed(samples))
    return d
  }

  private static func group(_ frame: Frame) -> RawDICOM {
    var position = RawDICOM()
    position.text(0x0020_0032, "DS", "-10\\20\\\(3 + 2 * frame.k)")
    var identification = RawDICOM()
    identification.number(0x0062_000B, "US", Double(frame.segment))
    var source = RawDICOM()
    source.text(0x0008_1155, "UI", "1.2.3.4.\(frame.k + 1)")
    var derivation = RawDICOM()
    derivation[0x0008_2112] = .items([source])
    var group = RawDICOM()
    group[0x0020_9113] = .items([position])
    group[0x0062_000A] = .items([identification])
    group[0x0008_9124] = .items([derivation])
    return group
  }

  private static func packed(_ samples: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (samples.count + 15) / 16 * 2)
    for (index, sample) in samples.enumerated() where sample > 0 { bytes[index / 8] |= 1 << UInt8(index % 8) }
    return bytes
  }

  static func open(_ d: RawDICOM) throws -> SegmentationObject {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("seg")
    try d.write(to: file)
    return try SegmentationObject(file)
  }

  static func voxels(_ set: [(k: Int, pixel: Int, label: UInt16)]) -> [UInt16] {
    var voxels = [UInt16](repeating: 0, count: geometry.count)
    for (k, pixel, label) in set { voxels[k * 30 + pixel] = label }
    return voxels
  }

  @Test func framesInAnyOrderOverlappingOnSomeSlices() throws {
    let seg = try Self.open(Self.segmentation([(2, 3, [7, 8]), (1, 1, [0, 29]), (1, 3, [8, 9])]))
    let mask = try seg.labels(on: Self.geometry)
    #expect(mask.labels.voxels == Self.voxels([(3, 7, 2), (3, 8, 2), (1, 0, 1), (1, 29, 1), (3, 9, 1)]))
    #expect(mask.overlappingVoxels == 1 && mask.pixelsOutside == 0 && !mask.isResampled)
    #expect(seg.segments.map { $0.label } == ["part 1", "part 2"])
    #expect(seg.referencedSOPInstanceUIDs == ["1.2.3.4.2", "1.2.3.4.4"])
  }

  @Test func fractionsCountFromOneHalf() throws {
    let enough = try Self.open(Self.segmentation([(1, 0, [3])], fractional: true, value: 100))
    #expect(try enough.labels(on: Self.geometry).labels.voxels == Self.voxels([(0, 3, 1)]))
    let less = try Self.open(Self.segmentation([(1, 0, [3])], fractional: true, value: 99))
    #expect(try less.labels(on: Self.geometry).labels.voxels == Self.voxels([]))
  }

  @Test func pixelsBesideTheGridAreCounted() throws {
    let seg = try Self.open(Self.segmentation([(1, 0, [3]), (1, 7, [3, 4])]))
    #expect(try seg.labels(on: Self.geometry).pixelsOutside == 2)
  }

  @Test func anotherGridIsReachedByNearestNeighbour() throws {
    let seg = try Self.open(Self.segmentation([(1, 1, Array(0..<30))]))
    let half = Geometry(
      width: 12, height: 5, depth: 4, origin: SIMD3(-10.125, 20, 3), iStep: SIMD3(0.25, 0, 0), jStep: SIMD3(0, 0.75, 0),
      kStep: SIMD3(0, 0, 2))
    let mask = try seg.labels(on: half)
    #expect(mask.isResampled)
    #expect(mask.labels.voxels == [Int](0..<4).flatMap { [UInt16](repeating: $0 == 1 ? 1 : 0, count: 60) })
  }

  @Test func missingPixelsAreRefused() throws {
    var short = Self.segmentation([(1, 0, [3]), (1, 1, [3])])
    short[0x7FE0_0010] = .bytes("OB", [1, 2])
    #expect(throws: DICOMError.self) { try Self.open(short) }
  }

  // Structure sets

  static func structureSet(
    _ contours: [[SIMD3<Double>]], _ encoding: RawDICOM.Encoding = .explicitLittle
  ) throws -> StructureSet {
    var d = RawDICOM()
    d.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.481.3")
    d.text(0x0008_0060, "CS", "RTSTRUCT")
    var name = RawDICOM()
    name.text(0x3006_0022, "IS", "5")
    name.text(0x3006_0026, "LO", "ring")
    d[0x3006_0020] = .items([name])
    var region = RawDICOM()
    region.text(0x3006_0084, "IS", "5")
    region[0x3006_0040] = .items(
      contours.map { points in
        var contour = RawDICOM()
        contour.text(0x3006_0042, "CS", "CLOSED_PLANAR")
        contour.text(0x3006_0050, "DS", points.map { "\($0.x)\\\($0.y)\\\($0.z)" }.joined(separator: "\\"))
        return contour
      })
    d[0x3006_0039] = .items([region])
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("rt")
    try d.write(to: file, encoding)
    return try StructureSet(file)
  }

  static func square(_ low: Double, _ high: Double, k: Double) -> [SIMD3<Double>] {
    [(low, low), (high, low), (high, high), (low, high)].map { grid.position(i: $0.0, j: $0.1, k: k) }
  }

  /// An oblique grid.
  static let grid = Geometry(
    width: 12, height: 12, depth: 3, origin: SIMD3(1, 2, 3), iStep: SIMD3(0.8, 0.36, -0.48), jStep: SIMD3(0, 0.8, 0.6),
    kStep: SIMD3(0.6, -0.48, 0.64) * 2)

  static func ring() -> Set<Int> {
    var pixels: Set<Int> = []
    for j in 2...9 {
      for i in 2...9 where !((4...7).contains(i) && (4...7).contains(j)) { pixels.insert(j * 12 + i) }
    }
    return pixels
  }

  static func pixels(of mask: PlacedMask) -> Set<Int> {
    Set(mask.labels.voxels.indices.filter { mask.labels.voxels[$0] == 5 }.map { $0 - 144 })
  }

  @Test func aContourInAContourIsAHoleOnAnObliqueGrid() throws {
    let set = try Self.structureSet([Self.square(1.5, 9.5, k: 1), Self.square(3.5, 7.5, k: 1)])
    let mask = try set.labels(on: Self.grid)
    #expect(Self.pixels(of: mask) == Self.ring())
  }

  @Test func aKeyholeContourIsTheSameRing() throws {
    let outer = Self.square(1.5, 9.5, k: 1)
    let inner = Self.square(3.5, 7.5, k: 1)
    let keyhole = outer + [outer[0]] + [inner[0], inner[3], inner[2], inner[1], inner[0]]
    let mask = try Self.structureSet([keyhole]).labels(on: Self.grid)
    #expect(Self.pixels(of: mask) == Self.ring())
  }

  @Test func aContourAcrossSlicesIsRefused() throws {
    var points = Self.square(1.5, 9.5, k: 0)
    points[2] = Self.grid.position(i: 9.5, j: 9.5, k: 2)
    #expect(throws: DICOMError.self) { try Self.structureSet([points]).labels(on: Self.grid) }
  }
}
