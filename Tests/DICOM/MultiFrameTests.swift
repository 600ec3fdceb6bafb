import DICOM
import Foundation
import Imaging
import Testing

/// Enhanced multi-frame images and mosaics made by hand.
@Suite struct MultiFrameTests {
  /// `echoes` x 3 slices in one file, frames interleaved by echo and from the top down; a rescale of its own for each frame.
  static func enhanced(echoes: Int) -> RawDICOM {
    let phantom = Phantom(modality: "MR")
    var d = phantom.frame()
    d.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.4.1")
    d.text(0x0008_0018, "UI", "1.2.3.4.99")
    d.text(0x0028_0008, "IS", "\(echoes * 3)")
    var orientation = RawDICOM()
    orientation.text(0x0020_0037, "DS", "1\\0\\0\\0\\1\\0")
    var measures = RawDICOM()
    measures.text(0x0028_0030, "DS", "0.75\\0.5")
    var shared = RawDICOM()
    shared[0x0020_9116] = .items([orientation])
    shared[0x0028_9110] = .items([measures])
    d[0x5200_9229] = .items([shared])
    d[0x5200_9230] = .items((0..<echoes * 3).map { group($0, echoes: echoes) })
    let values = (0..<echoes * 3).flatMap { phantom.pixels($0) }
    d[0x7FE0_0010] = .bytes("OW", values.flatMap { RawDICOM.word(UInt16($0), false) })
    return d
  }

  private static func group(_ frame: Int, echoes: Int) -> RawDICOM {
    var position = RawDICOM()
    position.text(0x0020_0032, "DS", "0\\0\\\(-1.5 * Double(frame / echoes))")
    var values = RawDICOM()
    values.text(0x0028_1053, "DS", "2")
    values.text(0x0028_1052, "DS", "\(frame)")
    var echo = RawDICOM()
    echo.number(0x0018_9082, "FD", 10 * Double(frame % echoes + 1))
    var group = RawDICOM()
    group[0x0020_9113] = .items([position])
    group[0x0028_9145] = .items([values])
    group[0x0018_9114] = .items([echo])
    return group
  }

  static func expected(_ frames: [Int]) -> [Float] {
    frames.flatMap { frame in Phantom(modality: "MR").pixels(frame).map { Float(2 * $0 + frame) } }
  }

  @Test func perFrameGroupsPlaceTheFrames() async throws {
    let scan = try await AssemblyTests.scan([Self.enhanced(echoes: 1)])
    #expect(scan.volume.geometry.origin == SIMD3(0, 0, -3) && scan.volume.geometry.kStep == SIMD3(0, 0, 1.5))
    #expect(scan.volume.voxels == Self.expected([2, 1, 0]))
    #expect(scan.planes.map { $0.frame } == [3, 2, 1])
    #expect(scan.planes.allSatisfy { $0.isMultiFrame && $0.sopInstanceUID == "1.2.3.4.99" })
  }

  @Test func echoesInOneFileBecomeScansOfTheirOwn() async throws {
    let results = try await AssemblyTests.convert([Self.enhanced(echoes: 2)])
    let scans = results.compactMap { $0.scan }
    #expect(scans.count == 2)
    #expect(scans.map { $0.volume.voxels } == [Self.expected([4, 2, 0]), Self.expected([5, 3, 1])])
    #expect(scans.map { $0.separatedBy["EchoTime"] } == ["10", "20"])
    #expect(scans[0].instances == scans[1].instances)
  }

  @Test func framesWithoutPositionsAreRefused() async throws {
    var d = Self.enhanced(echoes: 1)
    d.text(0x0028_0008, "IS", "2")
    #expect(try await AssemblyTests.refusal([d]).files.first?.attribute == "NumberOfFrames (0028,0008)")
    let classic = Phantom().slice(1, at: [0, 0, 0])
    var many = classic
    many.text(0x0028_0008, "IS", "2")
    if case .bytes(let vr, let bytes)? = classic[0x7FE0_0010] { many[0x7FE0_0010] = .bytes(vr, bytes + bytes) }
    #expect(try await AssemblyTests.refusal([many]).files.first?.attribute == "NumberOfFrames (0028,0008)")
  }

  @Test func aMosaicIsCutIntoItsSlices() async throws {
    let phantom = Phantom(rows: 6, columns: 8, modality: "MR", intercept: 0)
    var d = phantom.slice(1, at: [-4, -3, 5])
    d.text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\M\\MOSAIC")
    d.text(0x0018_0088, "DS", "3")
    d.text(0x0019_0010, "LO", "SIEMENS MR HEADER")
    d.number(0x0019_100A, "US", 3)
    let scan = try await AssemblyTests.scan([d])
    let g = scan.volume.geometry
    #expect(g.shape == [3, 3, 4])
    // The sheet is 8 x 6 of 0.5 x 0.75 mm: the slice's corner lies 2 columns and 1.5 rows further in.
    #expect(g.origin == SIMD3(-4 + 2 * 0.5, -3 + 1.5 * 0.75, 5) && g.kStep == SIMD3(0, 0, 3))
    let tiles = (0..<3).flatMap { k in
      (0..<3).flatMap { j in (0..<4).map { i in Float(phantom.stored((k / 2 * 3 + j) * 8 + k % 2 * 4 + i, 1)) } }
    }
    #expect(scan.volume.voxels == tiles)
  }
}
