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

  /// A file written from a scan, and what writing it found.
  struct Written {
    let file: URL
    let scan: Scan
    let map: LabelMap
    let check: SegmentationCheck
  }

  static func write(
    _ slices: [RawDICOM]?, _ labels: (Geometry) -> LabelMap, _ body: (Written) throws -> Void
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
    let check = try SegmentationOutput(segments: segments).write(map, of: scan, to: file)
    try body(Written(file: file, scan: scan, map: map, check: check))
  }

  @Test func everyVoxelAndReferenceComesBack() async throws {
    try await Self.write(nil, Self.labels) { written in
      let (scan, map) = (written.scan, written.map)
      let seg = try SegmentationObject(written.file)
      let back = try seg.labels(on: map.geometry)
      #expect(back.labels.voxels == map.voxels.map { $0 == 7 ? 2 : $0 })
      let second = try seg.labels(on: map.geometry, segments: [2])
      #expect(second.labels.voxels == map.voxels.map { $0 == 7 ? 2 : 0 })
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
    ) { written in
      let seg = try SegmentationObject(written.file)
      #expect(try seg.labels(on: written.map.geometry).labels.voxels == written.map.voxels)
      #expect(seg.referencedSOPInstanceUIDs == ["1.2.3.4.99"])
    }
  }

  @Test func anEmptyLabelMapIsWrittenAndReadAsEmpty() async throws {
    try await Self.write(nil, { LabelMap(geometry: $0, voxels: [UInt16](repeating: 0, count: $0.count)) }) { written in
      let seg = try SegmentationObject(written.file)
      let back = try seg.labels(on: written.map.geometry)
      #expect(back.labels.voxels == written.map.voxels)
      #expect(written.check.labels.isEmpty)
    }
  }

  @Test func centroidsOfTheFileAreTheLabelMaps() async throws {
    try await Self.write(nil, Self.labels) { written in
      let statistics = written.map.statistics()
      #expect(written.check.labels.map { $0.label } == [1, 7])
      #expect(written.check.labels.map { $0.segmentNumber } == [1, 2])
      for label in written.check.labels {
        let expected = try #require(statistics[label.label])
        #expect(label.voxels == expected.voxels)
        #expect(label.centroidDistance <= SegmentationCheck.centroidTolerance)
        let apart = label.centroid - expected.centroid(in: written.map.geometry)
        #expect((apart * apart).sum().squareRoot() == label.centroidDistance)
      }
    }
  }

  /// A tilted gantry: a network's labels on the upright grid go back onto the slices as they were scanned.
  @Test func labelsOfAnUprightGridGoBackOntoTheTiltedSlices() async throws {
    let volume = SampleSeriesTests.volume()
    let g = volume.geometry
    let normal = g.iStep.cross(g.jStep)
    let lean = g.jStep * 0.5
    let upright = (normal / (normal * normal).sum().squareRoot()) * 2
    let tilted = Geometry(
      width: g.width, height: g.height, depth: g.depth, origin: g.origin, iStep: g.iStep, jStep: g.jStep,
      kStep: upright + lean)
    let target = Volume(geometry: tilted, voxels: volume.voxels).upright().geometry
    let drawn = LabelMap(geometry: tilted, voxels: (0..<tilted.count).map { $0 % 11 < 4 ? 1 : 0 })
    // Whole pixels of lean on even slices: there and back is the identity, on odd slices a pixel may move by half a row.
    let back = drawn.resampledNearest(onto: target).resampledNearest(onto: tilted)
    let plane = g.width * g.height
    for k in stride(from: 0, to: g.depth, by: 2) {
      #expect(back.voxels[k * plane..<(k + 1) * plane] == drawn.voxels[k * plane..<(k + 1) * plane])
    }
    #expect(target.leanDegrees < 1e-9)
  }

  @Test func labelsWithoutASegmentAreRefused() async throws {
    var refused = false
    do {
      try await Self.write(nil, { LabelMap(geometry: $0, voxels: [UInt16](repeating: 3, count: $0.count)) }) {
        _ in
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
    try await Self.write(nil, Self.labels) { written in
      let output = try SampleSeriesTests.verified(written.file)
      #expect(output.split(separator: "\n").filter { $0.hasPrefix("Error") }.isEmpty, "\(output)")
      #expect(output.contains("Segmentation"))
    }
  }
}
