import DICOM
import Foundation
import Imaging
import Testing

/// A series written plane by plane against the same series converted whole and then written.
@Suite struct ConversionWritingTests {
  /// What is written of the files' series, the bytes of the files in `folder`, or the refusal.
  struct Outcome {
    var volumes: [WrittenVolume] = []
    var refusal: String?
  }

  static func write(_ files: [URL], _ incomplete: IncompletePolicy, to place: (Int) -> URL) async throws -> Outcome {
    var outcome = Outcome()
    for series in DICOMSeries.group(await FileReading.read(files).headers) {
      do {
        try await Conversion.write(series, incomplete: incomplete, to: { place($0 + outcome.volumes.count) }) {
          outcome.volumes.append($0)
        }
      } catch let refusal as Refusal {
        outcome.refusal = refusal.description
      }
    }
    return outcome
  }

  static func agrees(_ files: [URL], _ incomplete: IncompletePolicy = .refuse, compressed: Bool) async throws {
    let folder = try TemporaryFolder()
    let results = try await Conversion.convert(files, incomplete: incomplete).results
    let outcome = try await write(files, incomplete) {
      folder.url.appendingPathComponent("\($0).nii" + (compressed ? ".gz" : ""))
    }
    let scans = results.prefix { $0.refusal == nil }.compactMap { $0.scan }
    #expect(outcome.refusal == results.compactMap { $0.refusal?.description }.first)
    #expect(outcome.volumes.count == scans.count && folder.files.count == scans.count)
    for (written, scan) in zip(outcome.volumes, scans) {
      #expect(try [UInt8](Data(contentsOf: written.file)) == NIfTI.data(scan.volume, compressed: compressed))
      #expect(written.geometry == scan.volume.geometry)
      #expect(written.instances == scan.instances.count)
      #expect(written.findings == scan.findings)
      #expect(written.separatedBy == scan.separatedBy)
      #expect(written.seriesInstanceUID == scan.seriesInstanceUID)
    }
  }

  static func agrees(
    _ slices: [RawDICOM], _ encoding: RawDICOM.Encoding = .explicitLittle, _ incomplete: IncompletePolicy = .refuse
  ) async throws {
    let folder = try TemporaryFolder()
    try Phantom.write(slices, to: folder.url, encoding)
    for compressed in [false, true] { try await agrees(folder.files, incomplete, compressed: compressed) }
  }

  @Test func everyKindOfSample() async throws {
    let many = Array(stride(from: 0.0, to: 30, by: 2))
    for signed in [false, true] {
      for (allocated, stored) in [(8, 8), (8, 5), (16, 12), (16, 16), (32, 20)] {
        for (slope, intercept) in [(1.0, -1024.0), (1, 0.5), (-1, 3), (0.5, 0), (0.37, -2), (1, 32_000), (1, -33_000)] {
          let phantom = Phantom(
            bitsAllocated: allocated, bitsStored: stored, signed: signed, slope: slope, intercept: intercept)
          try await Self.agrees(phantom.stack(many), many.count % 2 == 0 ? .explicitLittle : .implicitLittle)
        }
      }
    }
  }

  /// The last slice alone does not fit `int16`, so that everything is written again.
  @Test func aLateValueMakesTheWholeVolumeFloat() async throws {
    var slices = Phantom(bitsStored: 16, intercept: 0).stack([0, 1, 2, 3])
    slices[3].text(0x0028_1052, "DS", "0.25")
    try await Self.agrees(slices)
  }

  @Test(arguments: [
    "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
  ])
  func everyKindOfTransferSyntax(syntax: String) async throws {
    let folder = try TemporaryFolder()
    var series = SampleSeries()
    series.transferSyntaxUID = syntax
    _ = try series.write(SampleSeriesTests.volume(signed: true), to: folder.url)
    try await Self.agrees(folder.files, compressed: false)
  }

  @Test func repeatsAndGaps() async throws {
    let phantom = Phantom()
    let stack = phantom.stack([0, 1, 2, 3])
    try await Self.agrees(stack + [phantom.slice(9, at: [-10, 20, 1], seed: 2)])
    try await Self.agrees(stack + [phantom.slice(9, at: [-10, 20, 1], seed: 5)])
    try await Self.agrees(phantom.stack([0, 1, 4, 5]))
    try await Self.agrees(phantom.stack([0, 1, 4, 5]), .explicitLittle, .process)
  }

  @Test func severalVolumes() async throws {
    var slices = Phantom(modality: "MR").stack([0, 1, 2, 3, 0, 1, 2, 3])
    for index in slices.indices { slices[index].text(0x0018_0081, "DS", index < 4 ? "4.6" : "9.2") }
    try await Self.agrees(slices)
  }

  /// A file that ends early is set aside by its header; one that changes in between is noticed.
  @Test func aFileThatChangedLeavesNothing() async throws {
    let folder = try TemporaryFolder()
    let target = try TemporaryFolder()
    try Phantom.write(Phantom().stack([0, 1, 2]), to: folder.url)
    let series = try #require(DICOMSeries.group(await FileReading.read(folder.files).headers).first)
    let file = folder.files[1]
    try (Data(contentsOf: file) + Data([0])).write(to: file)
    await #expect(throws: Refusal.self) {
      try await Conversion.write(series, to: { _ in target.url.appendingPathComponent("a.nii") }) { _ in }
    }
    #expect(target.files.isEmpty)
  }

  @Test(
    .enabled(if: SharedData.isThere, "shared/data/dicom does not lie beside the repository"),
    arguments: SharedData.seriesFolders)
  func shared(_ series: String) async throws {
    try await Self.agrees(SharedData.files(series), .process, compressed: false)
  }
}
