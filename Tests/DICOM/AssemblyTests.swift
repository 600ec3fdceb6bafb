import DICOM
import Foundation
import Imaging
import Testing

/// Slices to volumes: order, geometry, and everything that may be wrong with a series.
@Suite struct AssemblyTests {
  static func convert(
    _ slices: [RawDICOM], _ encoding: RawDICOM.Encoding = .explicitLittle, incomplete: IncompletePolicy = .refuse
  ) async throws -> [ConversionResult] {
    let folder = try TemporaryFolder()
    try Phantom.write(slices, to: folder.url, encoding)
    let (results, failures) = try await Conversion.convert(folder.files, incomplete: incomplete)
    #expect(failures.isEmpty)
    return results
  }

  static func scan(_ slices: [RawDICOM], _ encoding: RawDICOM.Encoding = .explicitLittle) async throws -> Scan {
    let results = try await convert(slices, encoding)
    #expect(results.count == 1)
    return try #require(results.first?.scan, "\(results.first?.refusal.map { "\($0)" } ?? "")")
  }

  static func refusal(_ slices: [RawDICOM]) async throws -> Refusal {
    let results = try await convert(slices)
    #expect(results.count == 1)
    return try #require(results.first?.refusal)
  }

  @Test(arguments: [RawDICOM.Encoding.implicitLittle, .explicitLittle])
  func slicesAreOrderedByPosition(encoding: RawDICOM.Encoding) async throws {
    let phantom = Phantom()
    // InstanceNumber, file name and position all disagree.
    let slices = [3.5, -1.5, 6, 1].enumerated().map { phantom.slice($0 + 1, at: [-10, 20, $1]) }
    let scan = try await Self.scan(slices, encoding)
    #expect(scan.planes.map { $0.sopInstanceUID } == ["1.2.3.4.2", "1.2.3.4.4", "1.2.3.4.1", "1.2.3.4.3"])
    let g = scan.volume.geometry
    #expect(g.shape == [4, 6, 5])
    #expect(g.origin == SIMD3(-10, 20, -1.5))
    #expect(g.iStep == SIMD3(0.5, 0, 0) && g.jStep == SIMD3(0, 0.75, 0))
    #expect((g.kStep - SIMD3(0, 0, 2.5)).length < 1e-12)
    let expected: [Float] = [2, 4, 1, 3].flatMap { (seed: Int) -> [Float] in
      phantom.pixels(seed).map { Float($0) - 1024 }
    }
    #expect(scan.volume.voxels == expected)
    #expect(scan.attributes["PatientName"] == nil && scan.attributes["PatientID"] == nil)
    #expect(scan.attributes["PatientBirthDate"] == nil && scan.attributes["Modality"] == "CT")
    #expect(scan.evidence.agrees)
  }

  @Test func obliqueGeometryIsExact() async throws {
    var phantom = Phantom()
    let row = SIMD3<Double>(0.8, 0.36, -0.48)
    let column = SIMD3<Double>(0, 0.8, 0.6)
    let normal = row.cross(column)
    phantom.orientation = [row.x, row.y, row.z, column.x, column.y, column.z]
    let slices = (0..<9).map { k -> RawDICOM in
      let p = SIMD3<Double>(11, -7, 3) + normal * (1.3 * Double(k))
      return phantom.slice(9 - k, at: [p.x, p.y, p.z])
    }
    let g = try await Self.scan(slices).volume.geometry
    #expect((g.kStep - normal * 1.3).length < 1e-9)
    #expect((g.iStep - row * 0.5).length < 1e-9)
    #expect((g.jStep - column * 0.75).length < 1e-9)
    #expect((g.origin - SIMD3(11, -7, 3)).length < 1e-9)
    #expect(g.iStep.cross(g.jStep).dot(g.kStep) > 0)
  }

  @Test func aTiltedGantryShearsTheVolume() async throws {
    let phantom = Phantom()
    let slices = (0..<5).map { phantom.slice($0 + 1, at: [0, 0.5 * Double($0), 2 * Double($0)]) }
    let scan = try await Self.scan(slices)
    #expect((scan.volume.geometry.kStep - SIMD3(0, 0.5, 2)).length < 1e-12)
    let degrees = scan.findings.compactMap { if case .tilted(let degrees) = $0 { degrees } else { nil } }
    #expect(degrees.count == 1 && abs(degrees[0] - 14.036243) < 1e-5)
  }

  @Test func aGapIsNamedWithItsNeighbours() async throws {
    let refusal = try await Self.refusal(Phantom().stack([0, 2, 4, 10, 12]))
    #expect(refusal.isIncomplete)
    #expect(refusal.findings.contains(.gap(missing: 2, after: "1.2.3.4.3", before: "1.2.3.4.4", from: 4, to: 10)))
  }

  @Test func aGapIsInterpolatedWhenTheRuleSaysSo() async throws {
    let phantom = Phantom()
    let results = try await Self.convert(phantom.stack([0, 2, 4, 8]), incomplete: .process)
    let scan = try #require(results.first?.scan)
    #expect(scan.planes.map { $0.sopInstanceUID } == ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3", nil, "1.2.3.4.4"])
    #expect(scan.findings.contains(.resampled(planes: 1)))
    let count = phantom.rows * phantom.columns
    let between = zip(phantom.pixels(3), phantom.pixels(4)).map { (a: Int, b: Int) -> Float in Float(a + b) / 2 - 1024 }
    #expect(Array(scan.volume.voxels[3 * count..<4 * count]) == between)
    let last: [Float] = phantom.pixels(4).map { Float($0) - 1024 }
    #expect(Array(scan.volume.voxels[(4 * count)...]) == last)
  }

  @Test func irregularSpacingIsIncomplete() async throws {
    let refusal = try await Self.refusal(Phantom().stack([0, 2, 4, 7.1, 9]))
    #expect(refusal.isIncomplete)
    #expect(refusal.description.contains("irregular spacing"))
  }

  @Test func anIdenticalDuplicateIsDroppedAndNamed() async throws {
    let phantom = Phantom()
    let scan = try await Self.scan(phantom.stack([0, 2, 4]) + [phantom.slice(9, at: [-10, 20, 2], seed: 2)])
    #expect(scan.volume.geometry.depth == 3)
    #expect(scan.findings.contains(.duplicateIdentical(kept: "1.2.3.4.2", dropped: "1.2.3.4.9")))
    #expect(scan.instances.count == 4)
  }

  @Test func aDifferentDuplicateIsRefused() async throws {
    let phantom = Phantom()
    let refusal = try await Self.refusal(phantom.stack([0, 2, 4]) + [phantom.slice(9, at: [-10, 20, 2], seed: 5)])
    #expect(!refusal.isIncomplete)
    #expect(refusal.findings.contains(.duplicateDifferent(first: "1.2.3.4.2", second: "1.2.3.4.9", position: 2)))
  }

  @Test func mixedOrientationsAreRefusedFileByFile() async throws {
    var sagittal = Phantom()
    sagittal.orientation = [0, 1, 0, 0, 0, -1]
    let slices = Phantom().stack([0, 2]) + [sagittal.slice(8, at: [0, 0, 0]), sagittal.slice(9, at: [3, 0, 0])]
    let refusal = try await Self.refusal(slices)
    #expect(refusal.files.count == 4)
    #expect(refusal.files.allSatisfy { $0.attribute == "ImageOrientationPatient (0020,0037)" })
  }

  @Test func aLocalizerBesideAVolumeIsSetAside() async throws {
    var other = Phantom()
    other.orientation = [0, 1, 0, 0, 0, -1]
    var named = other.slice(12, at: [0, 0, 0])
    named.text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER")
    let scan = try await Self.scan(Phantom().stack([0, 2, 4, 6]) + [other.slice(11, at: [0, 0, 0]), named])
    #expect(scan.volume.geometry.depth == 4)
    #expect(Set(scan.skipped.map { $0.sopInstanceUID }) == ["1.2.3.4.11", "1.2.3.4.12"])
    #expect(Set(scan.skipped.map { $0.attribute }) == ["ImageOrientationPatient (0020,0037)", "ImageType (0008,0008)"])
  }

  @Test func echoesBecomeTwoScans() async throws {
    let phantom = Phantom()
    let slices = (0..<8).map { index -> RawDICOM in
      var slice = phantom.slice(index + 1, at: [-10, 20, 3 * Double(index / 2)])
      slice.text(0x0018_0081, "DS", index % 2 == 0 ? "2.46" : "4.92")
      return slice
    }
    let scans = try await Self.convert(slices).compactMap { $0.scan }
    #expect(scans.map { $0.separatedBy } == [["EchoTime": "2.46"], ["EchoTime": "4.92"]])
    #expect(scans[0].planes.map { $0.sopInstanceUID } == ["1.2.3.4.1", "1.2.3.4.3", "1.2.3.4.5", "1.2.3.4.7"])
    #expect(scans[0].inputDigest != scans[1].inputDigest)
    #expect(scans[0].attributes["EchoTime"] == "2.46")
  }

  @Test func oneSliceHasItsThicknessFromTheHeader() async throws {
    var slice = Phantom().slice(1, at: [0, 0, 0])
    slice.text(0x0018_0050, "DS", "4.5")
    let scan = try await Self.scan([slice])
    #expect(scan.volume.geometry.kStep == SIMD3(0, 0, 4.5))
    #expect(scan.findings == [.singleSlice(thickness: 4.5, keyword: "SliceThickness")])
  }

  @Test func onlyOneSeriesOfManyFilesInOneFolderAndOneSpreadOverTwo() async throws {
    let folder = try TemporaryFolder()
    var second = Phantom()
    second.seriesUID = "1.2.3.5"
    let sub = folder.url.appendingPathComponent("sub")
    try FileManager.default.createDirectory(at: sub, withIntermediateDirectories: true)
    try Phantom.write(Phantom().stack([0, 1]), to: folder.url)
    try Phantom.write(Phantom().stack([0, 1, 2, 3]).suffix(2), to: sub)
    for (index, slice) in second.stack([0, 5, 10]).enumerated() {
      try slice.write(to: sub.appendingPathComponent("b\(index)"))
    }
    let series = DICOMSeries.group(await FileReading.read(FileReading.files(in: folder.url)).headers)
    #expect(
      Dictionary(uniqueKeysWithValues: series.map { ($0.seriesInstanceUID, $0.headers.count) }) == [
        "1.2.3.4": 4, "1.2.3.5": 3,
      ])
  }
}
