import DICOM
import Foundation
import Imaging
import Testing

/// Label maps out as DICOM SEG.
@Suite struct SegmentationOutputTests {
  static let segments = [
    SegmentationOutput.SegmentDescription(
      label: 1, name: "Anterior", type: CodedConcept(value: "279335002", scheme: "SCT", meaning: "Head of hippocampus")),
    SegmentationOutput.SegmentDescription(label: 7, name: "Posterior"),
  ]

  static func labels(on geometry: Geometry) -> LabelMap {
    LabelMap(
      geometry: geometry,
      voxels: (0..<geometry.count).map { voxel in
        let k = voxel / (geometry.width * geometry.height)
        return k == 2 ? 0 : voxel % 5 == 0 ? 1 : voxel % 7 == 3 && k > 2 ? 7 : 0
      })
  }

  static func write(
    _ slices: [RawDICOM]?, _ labels: (Geometry) -> LabelMap, _ check: (URL, Scan, LabelMap) throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    if let slices {
      try Phantom.write(slices, to: folder.url)
    } else {
      _ = try SampleSeries().write(SampleSeriesTests.volume(), to: folder.url)
    }
    let scan = try #require(try await Conversion.convert(folder.files).results.first?.scan)
    let map = labels(scan.volume.geometry)
    let file = folder.url.appendingPathComponent("out.seg.dcm")
    try SegmentationOutput(segments: segments).write(map, of: scan, to: file)
    try check(file, scan, map)
  }

  @Test func everyVoxelAndReferenceComesBack() async throws {
    try await Self.write(nil, Self.labels) { file, scan, map in
      let seg = try SegmentationObject(file)
      let back = try seg.labels(on: map.geometry)
      #expect(back.labels.voxels == map.voxels.map { $0 == 7 ? 2 : $0 })
      #expect(seg.segments.map { $0.label } == ["Anterior", "Posterior"])
      #expect(seg.segments[0].propertyType?.meaning == "Head of hippocampus")
      #expect(seg.referencedSeriesInstanceUIDs == [scan.seriesInstanceUID])
      #expect(seg.referencedSOPInstanceUIDs == Set(scan.planes.compactMap { $0.sopInstanceUID }))
      #expect(seg.frameOfReferenceUID == scan.frameOfReferenceUID)
    }
  }

  @Test func anEnhancedSourceIsReferredToByFrame() async throws {
    try await Self.write(
      [MultiFrameTests.enhanced(echoes: 1)], { LabelMap(geometry: $0, voxels: [UInt16](repeating: 1, count: $0.count)) }
    ) {
      file, scan, map in
      let seg = try SegmentationObject(file)
      #expect(try seg.labels(on: map.geometry).labels.voxels == map.voxels)
      #expect(seg.referencedSOPInstanceUIDs == ["1.2.3.4.99"])
    }
  }

  @Test func anEmptyLabelMapIsWrittenAndReadAsEmpty() async throws {
    try await Self.write(nil, { LabelMap(geometry: $0, voxels: [UInt16](repeating: 0, count: $0.count)) }) {
      file, _, map in
      let seg = try SegmentationObject(file)
      let back = try seg.labels(on: map.geometry)
      #expect(back.labels.voxels == map.voxels)
    }
  }

  @Test func labelsWithoutASegmentAreRefused() async throws {
    var refused = false
    do {
      try await Self.write(nil, { LabelMap(geometry: $0, voxels: [UInt16](repeating: 3, count: $0.count)) }) {
        _, _, _ in
      }
    } catch let error as DICOMError {
      refused = error.reason.contains("no segment")
    }
    #expect(refused)
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: SampleSeriesTests.dciodvfy), "dicom3tools is not installed"))
  func dciodvfyFindsNoErrors() async throws {
    try await Self.write(nil, Self.labels) { file, _, _ in
      let output = try SampleSeriesTests.verified(file)
      #expect(output.split(separator: "\n").filter { $0.hasPrefix("Error") }.isEmpty, "\(output)")
      #expect(output.contains("Segmentation"))
      if let keep = ProcessInfo.processInfo.environment["VIGIL_KEEP_SEG"] {
        try FileManager.default.copyItem(at: file, to: URL(fileURLWithPath: keep))
      }
    }
  }
}
