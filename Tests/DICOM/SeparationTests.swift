import DICOM
import Foundation
import Imaging
import Testing

/// Several volumes in one series, told apart by what the standard has for it; and what is no volume.
@Suite struct SeparationTests {
  /// A classic attribute with two values.
  struct Classic: Sendable, CustomTestStringConvertible {
    let tag: UInt32
    let vr: String
    let values: [String]
    let keyword: String
    var testDescription: String { keyword }
  }

  static let classics = [
    Classic(
      tag: 0x0008_0008, vr: "CS", values: ["ORIGINAL\\PRIMARY\\M", "ORIGINAL\\PRIMARY\\P"], keyword: "ImageType"),
    Classic(tag: 0x0008_9208, vr: "CS", values: ["MAGNITUDE", "PHASE"], keyword: "ComplexImageComponent"),
    Classic(tag: 0x0018_0086, vr: "IS", values: ["1", "2"], keyword: "EchoNumbers"),
    Classic(tag: 0x0018_0082, vr: "DS", values: ["900", "2200"], keyword: "InversionTime"),
    Classic(tag: 0x0018_1314, vr: "DS", values: ["3", "15"], keyword: "FlipAngle"),
    Classic(tag: 0x0018_9087, vr: "FD", values: ["0", "1000"], keyword: "DiffusionBValue"),
    Classic(tag: 0x0020_0100, vr: "IS", values: ["1", "2"], keyword: "TemporalPositionIdentifier"),
    Classic(tag: 0x0054_1300, vr: "DS", values: ["0", "60000"], keyword: "FrameReferenceTime"),
    Classic(tag: 0x0018_1060, vr: "DS", values: ["0", "437.5"], keyword: "TriggerTime"),
    Classic(tag: 0x0018_1210, vr: "SH", values: ["B30f", "B70f"], keyword: "ConvolutionKernel"),
    Classic(tag: 0x0020_0012, vr: "IS", values: ["1", "2"], keyword: "AcquisitionNumber"),
    Classic(tag: 0x0008_0032, vr: "TM", values: ["120000", "120530"], keyword: "AcquisitionTime"),
  ]

  static func set(_ d: inout RawDICOM, _ tag: UInt32, _ vr: String, _ value: String) {
    if vr == "FD" || vr == "UL" {
      d.number(tag, vr, Double(value) ?? 0)
    } else {
      d.text(tag, vr, value)
    }
  }

  @Test(arguments: classics)
  func aClassicAttributeTellsVolumesApart(by: Classic) async throws {
    let phantom = Phantom(modality: by.keyword == "FrameReferenceTime" ? "PT" : "MR")
    // Interleaved, and the second volume the other way round.
    let slices = (0..<8).map { index -> RawDICOM in
      let second = index % 2 == 1
      let z = second ? 9 - 3 * Double(index / 2) : 3 * Double(index / 2)
      var slice = phantom.slice(index + 1, at: [-10, 20, z])
      Self.set(&slice, by.tag, by.vr, by.values[second ? 1 : 0])
      return slice
    }
    let scans = try await AssemblyTests.convert(slices).compactMap { $0.scan }
    #expect(scans.map { $0.separatedBy } == by.values.map { [by.keyword: $0] })
    #expect(scans.map { $0.attributes[by.keyword] } == by.values)
    #expect(scans[0].planes.map { $0.sopInstanceUID } == ["1.2.3.4.1", "1.2.3.4.3", "1.2.3.4.5", "1.2.3.4.7"])
    #expect(scans[1].planes.map { $0.sopInstanceUID } == ["1.2.3.4.8", "1.2.3.4.6", "1.2.3.4.4", "1.2.3.4.2"])
  }

  @Test func orientationsAndMatricesTellVolumesApart() async throws {
    let axial = Phantom()
    var (sagittal, large, spaced) = (Phantom(), Phantom(), Phantom())
    sagittal.orientation = [0, 1, 0, 0, 0, -1]
    large.rows = 8
    spaced.spacing.row = 1.5
    let slices = (0..<4).flatMap { index -> [RawDICOM] in
      [axial, sagittal, large, spaced].enumerated().map { which, phantom in
        let distance = 3 * Double(index)
        return phantom.slice(4 * index + which + 1, at: which == 1 ? [distance, 0, 0] : [-10, 20, distance])
      }
    }
    let scans = try await AssemblyTests.convert(slices).compactMap { $0.scan }
    #expect(scans.count == 4)
    let (across, along) = ("1.0\\0.0\\0.0\\0.0\\1.0\\0.0", "0.0\\1.0\\0.0\\0.0\\0.0\\-1.0")
    #expect(
      Set(scans.map { $0.separatedBy }) == [
        ["ImageOrientationPatient": across, "Rows": "6", "PixelSpacing": "0.75\\0.5"],
        ["ImageOrientationPatient": along, "Rows": "6", "PixelSpacing": "0.75\\0.5"],
        ["ImageOrientationPatient": across, "Rows": "8", "PixelSpacing": "0.75\\0.5"],
        ["ImageOrientationPatient": across, "Rows": "6", "PixelSpacing": "1.5\\0.5"],
      ])
    #expect(Set(scans.map { $0.inputDigest }).count == 4)
    #expect(
      try await AssemblyTests.scan(axial.stack([0, 3, 6, 9])).separatedBy.isEmpty, "one volume is apart from none")
  }

  /// One file with frames of two orientations gives two volumes of the same instances, which are not the same work.
  @Test func oneFileOfTwoOrientationsIsTwoInputs() async throws {
    let phantom = Phantom(modality: "MR")
    var file = phantom.frame()
    file.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.4.1")
    file.text(0x0008_0018, "UI", "1.2.3.4.99")
    file.text(0x0028_0008, "IS", "8")
    var measures = RawDICOM()
    measures.text(0x0028_0030, "DS", "0.75\\0.5")
    var shared = RawDICOM()
    shared[0x0028_9110] = .items([measures])
    file[0x5200_9229] = .items([shared])
    file[0x5200_9230] = .items(
      (0..<8).map { frame in
        let (isAxial, distance) = (frame < 4, 2 * Double(frame % 4))
        var (position, orientation, group) = (RawDICOM(), RawDICOM(), RawDICOM())
        position.text(0x0020_0032, "DS", isAxial ? "0\\0\\\(distance)" : "\(distance)\\0\\0")
        orientation.text(0x0020_0037, "DS", isAxial ? "1\\0\\0\\0\\1\\0" : "0\\1\\0\\0\\0\\-1")
        group[0x0020_9113] = .items([position])
        group[0x0020_9116] = .items([orientation])
        return group
      })
    let pixels = (0..<8).flatMap { phantom.pixels($0) }.flatMap { RawDICOM.word(UInt16($0), false) }
    file[0x7FE0_0010] = .bytes("OW", pixels)
    let scans = try await AssemblyTests.convert([file]).compactMap { $0.scan }
    #expect(scans.map { $0.instances.map { $0.sopInstanceUID } } == [["1.2.3.4.99"], ["1.2.3.4.99"]])
    #expect(scans.map { $0.separatedBy.keys.sorted() } == [["ImageOrientationPatient"], ["ImageOrientationPatient"]])
    #expect(Set(scans.map { $0.inputDigest }).count == 2)
  }

  @Test func runsOfInstanceNumbersAreTheLastResort() async throws {
    let phantom = Phantom(modality: "MR")
    let slices = (0..<6).map { phantom.slice($0 + 1, at: [-10, 20, 3 * Double($0 % 3)]) }
    let scans = try await AssemblyTests.convert(slices).compactMap { $0.scan }
    #expect(scans.map { $0.separatedBy } == [["InstanceNumber": "1-3"], ["InstanceNumber": "4-6"]])
  }

  /// An attribute in a frame's functional groups, with two values.
  struct Grouped: Sendable, CustomTestStringConvertible {
    let macro: UInt32
    let tag: UInt32
    let vr: String
    let values: [String]
    let keyword: String
    var testDescription: String { keyword }
  }

  static let groups = [
    Grouped(macro: 0x0020_9111, tag: 0x0020_9128, vr: "UL", values: ["1", "2"], keyword: "TemporalPositionIdentifier"),
    Grouped(macro: 0x0018_9117, tag: 0x0018_9087, vr: "FD", values: ["0", "1000"], keyword: "DiffusionBValue"),
    Grouped(
      macro: 0x0018_9226, tag: 0x0008_9007, vr: "CS",
      values: ["ORIGINAL\\PRIMARY\\M\\NONE", "DERIVED\\PRIMARY\\P\\NONE"],
      keyword: "ImageType"),
    Grouped(
      macro: 0x0018_9226, tag: 0x0008_9208, vr: "CS", values: ["MAGNITUDE", "PHASE"], keyword: "ComplexImageComponent"),
    Grouped(macro: 0x0018_9118, tag: 0x0020_9153, vr: "FD", values: ["10.5", "400"], keyword: "TriggerTime"),
    Grouped(
      macro: 0x0018_9118, tag: 0x0020_9241, vr: "FD", values: ["25", "75"], keyword: "NominalPercentageOfCardiacPhase"),
    Grouped(macro: 0x0020_9111, tag: 0x0020_9056, vr: "SH", values: ["1", "2"], keyword: "StackID"),
  ]

  /// Six frames: three positions, twice, the attribute changing first or last.
  static func enhanced(_ by: Grouped, sopClass: String, modality: String, attributeFirst: Bool) -> RawDICOM {
    var d = MultiFrameTests.enhanced(echoes: 2)
    d.text(0x0008_0016, "UI", sopClass)
    d.text(0x0008_0060, "CS", modality)
    d[0x5200_9230] = .items(
      (0..<6).map { frame in
        let (level, which) = attributeFirst ? (frame / 2, frame % 2) : (frame % 3, frame / 3)
        var position = RawDICOM()
        position.text(0x0020_0032, "DS", "0\\0\\\(1.5 * Double(level))")
        var macro = RawDICOM()
        Self.set(&macro, by.tag, by.vr, by.values[which])
        var group = RawDICOM()
        group[0x0020_9113] = .items([position])
        group[by.macro] = .items([macro])
        return group
      })
    return d
  }

  @Test(arguments: groups, [false, true])
  func aFunctionalGroupTellsVolumesApart(by: Grouped, attributeFirst: Bool) async throws {
    for (sopClass, modality) in [("4.1", "MR"), ("2.1", "CT"), ("130", "PT")] {
      let file = Self.enhanced(
        by, sopClass: "1.2.840.10008.5.1.4.1.1." + sopClass, modality: modality, attributeFirst: attributeFirst)
      let scans = try await AssemblyTests.convert([file]).compactMap { $0.scan }
      #expect(scans.map { $0.separatedBy } == by.values.map { [by.keyword: $0] })
      #expect(scans.map { $0.modality } == [modality, modality])
      #expect(
        scans.map { $0.planes.map { $0.frame } }
          == (attributeFirst ? [[1, 3, 5], [2, 4, 6]] : [[1, 2, 3], [4, 5, 6]]))
      let frames = attributeFirst ? [0, 2, 4] : [0, 1, 2]
      let expected = frames.flatMap { Phantom(modality: "MR").pixels($0).map { Float($0) } }
      #expect(scans.first?.volume.voxels == expected)
    }
  }

  @Test func petHasARescaleForEverySlice() async throws {
    var phantom = Phantom(modality: "PT")
    let slices = (0..<5).map { k -> RawDICOM in
      phantom.slope = 0.37 * Double(k + 1)
      phantom.intercept = 0
      var slice = phantom.slice(k + 1, at: [-10, 20, 3 * Double(k)])
      slice.number(0x0054_0081, "US", 5)
      return slice
    }
    let scan = try await AssemblyTests.scan(slices)
    let expected = (0..<5).flatMap { k in phantom.pixels(k + 1).map { Float(Double($0) * (0.37 * Double(k + 1))) } }
    #expect(scan.volume.voxels == expected && scan.evidence.agrees)
    let fewer = try await AssemblyTests.scan(Array(slices.prefix(4)))
    #expect(fewer.evidence.shortOf == ["NumberOfSlices"] && !fewer.evidence.agrees)
  }

  @Test(arguments: ["SCREEN SAVE", "POSDISP", "DOSE_INFO"])
  func derivedScreensAreSetAside(screen: String) async throws {
    var shot = Phantom().slice(9, at: [-10, 20, 2])
    shot.text(0x0008_0008, "CS", "DERIVED\\SECONDARY\\" + screen)
    let scan = try await AssemblyTests.scan(Phantom().stack([0, 2, 4]) + [shot])
    #expect(scan.volume.geometry.depth == 3)
    #expect(scan.skipped.map { $0.sopInstanceUID } == ["1.2.3.4.9"])
    #expect(scan.skipped[0].attribute == "ImageType (0008,0008)" && scan.skipped[0].reason.contains(screen))
  }

  @Test(arguments: ["7", "7.2", "6.1", "1.1", "88.11", "104.1", "481.2", "4.2"])
  func whatIsNoVolumeIsRefusedByItsClass(sopClass: String) async throws {
    var slice = Phantom().slice(1, at: [0, 0, 0])
    slice.text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1." + sopClass)
    let refusal = try await AssemblyTests.refusal([slice])
    #expect(refusal.files.first?.attribute == "SOPClassUID (0008,0016)")
    #expect(refusal.reason.contains("SOPClassUID"))
  }

  @Test func irregularSlicesAreResampledWhenTheRuleSaysSo() async throws {
    var phantom = Phantom()
    phantom.intercept = 0
    let levels = [0, 2, 4, 7.1, 9]
    let slices = levels.enumerated().map { index, z -> RawDICOM in
      var slice = phantom.slice(index + 1, at: [-10, 20, z])
      phantom.setPixels(&slice, [Int](repeating: Int(100 * z), count: 30))
      return slice
    }
    let scan = try #require(try await AssemblyTests.convert(slices, incomplete: .process).first?.scan)
    let g = scan.volume.geometry
    // Five slices over 9 mm, mostly 2 mm apart: six planes, of which the first and the last are slices.
    #expect(scan.planes.map { $0.sopInstanceUID } == ["1.2.3.4.1", nil, nil, nil, nil, "1.2.3.4.5"])
    #expect(scan.findings.contains(.resampled(planes: 4)))
    for k in 0..<g.depth {
      // Linear in z, so that linear interpolation is exact but for Float's rounding of 900.
      #expect(abs(scan.volume.voxels[k * 30] - Float(100 * g.position(i: 0, j: 0, k: Double(k)).z)) < 1e-3)
    }
  }

  @Test func aMosaicIsCountedByItsCSAHeader() async throws {
    let scan = try #require(
      try await Conversion.convert([CorpusTests.folder.appendingPathComponent("mosaic.dcm")]).results.first?.scan)
    #expect(scan.volume.geometry.shape == [4, 3, 4])
    let sheet = CorpusTests.values(0)
    var tiles: [Float] = []
    for k in 0..<4 {
      for j in 0..<3 {
        let row = k / 2 * 3 + j
        let first: Int = row * 8 + k % 2 * 4
        tiles += sheet[first..<first + 4]
      }
    }
    #expect(scan.volume.voxels == tiles)
  }
}
