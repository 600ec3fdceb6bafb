import DICOM
import Foundation
import Imaging
import Testing

/// What DICOM says of a series being all there: counts that are announced, and what is short of them.
@Suite struct CompletenessTests {
  private func header(_ modality: String, _ numbers: [(UInt32, String, Double)], type: String? = nil) throws
    -> DICOMHeader
  {
    let folder = try TemporaryFolder()
    var slice = Phantom(modality: modality).slice(1, at: [0, 0, 0])
    for (tag, vr, number) in numbers {
      if vr == "IS" { slice.text(tag, vr, "\(Int(number))") } else { slice.number(tag, vr, number) }
    }
    if let type { slice.text(0x0054_1000, "CS", type) }
    try Phantom.write([slice], to: folder.url, .explicitLittle)
    return try DICOMHeader(folder.files[0])
  }

  @Test("a count of the whole series is evidence; what makers disagree about, or what counts something else, is not")
  func announcements() throws {
    func announced(_ modality: String, _ numbers: [(UInt32, String, Double)], type: String? = nil) throws -> String {
      try header(modality, numbers, type: type).announcement.map { "\($0.keyword) \($0.instances)" } ?? "nothing"
    }
    #expect(try announced("MR", []) == "nothing")
    #expect(try announced("MR", [(0x0020_1209, "IS", 24)]) == "NumberOfSeriesRelatedInstances 24")
    #expect(try announced("MR", [(0x0020_1209, "IS", 0)]) == "nothing")
    #expect(try announced("MR", [(0x0020_1209, "IS", -3)]) == "nothing")
    #expect(try announced("MR", [(0x0020_1002, "IS", 24)]) == "nothing")
    #expect(try announced("MR", [(0x0020_9163, "US", 3)]) == "InConcatenationTotalNumber 3")
    #expect(try announced("PT", [(0x0054_0081, "US", 47)]) == "nothing", "which kind of series it is decides")
    #expect(try announced("PT", [(0x0054_0081, "US", 47)], type: "WHOLE BODY\\IMAGE") == "NumberOfSlices 47")
    #expect(try announced("MR", [(0x0054_0081, "US", 47)], type: "STATIC\\IMAGE") == "nothing")
    let dynamic: [(UInt32, String, Double)] = [(0x0054_0081, "US", 47), (0x0054_0101, "US", 20)]
    #expect(try announced("PT", dynamic, type: "DYNAMIC\\IMAGE") == "NumberOfSlices 940")
    #expect(try announced("PT", Array(dynamic.prefix(1)), type: "DYNAMIC\\IMAGE") == "nothing")
    let gated: [(UInt32, String, Double)] = [
      (0x0054_0081, "US", 10), (0x0054_0061, "US", 2), (0x0054_0071, "US", 8),
    ]
    #expect(try announced("PT", gated, type: "GATED\\IMAGE") == "NumberOfSlices 160")
  }

  @Test(
    "fewer files than announced are incomplete, where the count is one of the series' files",
    arguments: [
      (0x0020_1209 as UInt32, "IS", true), (0x0020_9163, "US", true), (0x0054_0081, "US", true),
      (0x0020_1002, "IS", false),
    ])
  func fewer(tag: UInt32, vr: String, isIncomplete: Bool) async throws {
    for (announced, missing) in [(4, false), (5, true)] {
      let slices = (0..<4).map { k -> RawDICOM in
        var slice = Phantom(modality: "PT").slice(k + 1, at: [0, 0, 3 * Double(k)])
        if vr == "IS" { slice.text(tag, vr, "\(announced)") } else { slice.number(tag, vr, Double(announced)) }
        return slice
      }
      let scan = try await AssemblyTests.scan(slices)
      #expect(scan.findings.contains { $0.severity == .incomplete } == (missing && isIncomplete), "\(scan.findings)")
      #expect(scan.evidence.agrees == !(missing && isIncomplete))
    }
  }

  @Test("every announced temporal position is to have as many planes as the fullest")
  func temporalPositions() async throws {
    func results(_ counts: [Int], announced: Int) async throws -> [ConversionResult] {
      var slices: [RawDICOM] = []
      for (position, count) in counts.enumerated() {
        for k in 0..<count {
          var slice = Phantom(modality: "MR").slice(slices.count + 1, at: [0, 0, 3 * Double(k)])
          slice.text(0x0020_0100, "IS", "\(position + 1)")
          slice.text(0x0020_0105, "IS", "\(announced)")
          slices.append(slice)
        }
      }
      return try await AssemblyTests.convert(slices)
    }
    func missing(_ counts: [Int], announced: Int) async throws -> [Int] {
      try await results(counts, announced: announced).compactMap { $0.scan }.flatMap { scan in
        scan.findings.compactMap { if case .temporalPositionsMissing(let planes) = $0 { planes } else { nil } }
      }
    }
    #expect(try await missing([5, 5, 5], announced: 3).isEmpty)
    #expect(try await missing([5, 5, 4], announced: 3) == [1, 1, 1])
    #expect(try await missing([5, 5], announced: 3) == [5, 5])
    #expect(try await missing([5], announced: 1).isEmpty)
    #expect(try await missing([5, 5, 5], announced: 2).isEmpty, "more than announced is nothing missing")
  }

  @Test("outlines tell of every volume what the scan will say, before a pixel is read")
  func outlines() async throws {
    let folder = try TemporaryFolder()
    let slices = (0..<8).map { k -> RawDICOM in
      var slice = Phantom(modality: "MR").slice(k + 1, at: [0, 0, 3 * Double(k / 2)])
      slice.text(0x0018_0081, "DS", k % 2 == 0 ? "2.5" : "7.5")
      return slice
    }
    try Phantom.write(slices, to: folder.url, .explicitLittle)
    let reading = await FileReading.read(folder.files)
    let outlines = try DICOMSeries.group(reading.headers).flatMap { try Assembly($0).outlines() }
    let scans = try await Conversion.convert(folder.files).results.compactMap { $0.scan }
    #expect(outlines.count == 2 && scans.count == 2)
    for (outline, scan) in zip(outlines, scans) {
      #expect(outline.geometry == scan.volume.geometry && outline.attributes == scan.attributes)
      #expect(outline.separatedBy == scan.separatedBy && outline.frameOfReferenceUID == scan.frameOfReferenceUID)
      #expect(outline.studyInstanceUID == scan.studyInstanceUID)
    }
  }
}
