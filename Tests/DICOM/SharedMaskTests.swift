import DICOM
import Foundation
import Imaging
import Testing

/// The shared SEG and RTSTRUCT objects. Counts by `Golden/make_mask_counts.py` (highdicom 0.28.2, numpy 2).
@Suite(.enabled(if: SharedData.isThere, "shared/data/dicom does not lie beside the repository"))
struct SharedMaskTests {
  static func counts(_ mask: PlacedMask) -> [Int: Int] {
    mask.labels.voxels.reduce(into: [:]) { if $1 > 0 { $0[Int($1), default: 0] += 1 } }
  }

  @Test func segmentationOnTheScanItWasDrawnOn() async throws {
    let file = try #require(SharedData.files("0457_dcmqi_seg").first)
    let seg = try SegmentationObject(file)
    let scan = try #require(try await Conversion.convert(SharedData.files("0455_dcmqi_image")).results.first?.scan)
    let mask = try seg.labels(on: scan.volume.geometry)
    #expect(!mask.isResampled && mask.overlappingVoxels == 0 && mask.pixelsOutside == 0)
    #expect(Self.counts(mask) == [1: 322])
    #expect(seg.segments.map { $0.label } == ["Liver"])
    #expect(seg.segments.first?.propertyType == CodedConcept(value: "T-62000", scheme: "SRT", meaning: "Liver"))
    #expect(seg.referencedSeriesInstanceUIDs == [scan.seriesInstanceUID])
    #expect(seg.referencedSOPInstanceUIDs == Set(scan.planes.compactMap { $0.sopInstanceUID }))
    // seg_truth/23x38x3_label.nrrd gives this frame.
    #expect((mask.labels.geometry.origin - SIMD3(46.4649, 5.01881, -177.75)).length < 1e-3)
  }

  @Test(arguments: [("0452_dcmqi_segmentations", [1: 107_098]), ("0759_highdicom_test_files", [1: 638])])
  func segmentationsOnTheirOwnGrid(series: String, counts: [Int: Int]) throws {
    let seg = try SegmentationObject(try #require(SharedData.files(series).first))
    let mask = try seg.labels(on: try seg.ownGeometry())
    #expect(Self.counts(mask) == counts)
    let oracle = try #require(SharedData.believed(series).first)
    let values = Volume(geometry: mask.labels.geometry, voxels: mask.labels.voxels.map { Float($0) })
    #expect(abs(Canonical(values).mean - oracle.mean) < 1e-4)
  }

  @Test func overlappingSegmentsAreCounted() throws {
    let seg = try SegmentationObject(try #require(SharedData.files("0761_highdicom_test_files").first))
    let mask = try seg.labels(on: try seg.ownGeometry())
    // Segment 1 has 64 pixels and segment 2 has 16 of the same.
    #expect(Self.counts(mask)[2] == 16)
    #expect((Self.counts(mask)[1] ?? 0) + mask.overlappingVoxels == 64)
  }

  @Test func structureSetOnItsScan() async throws {
    let set = try StructureSet(try #require(SharedData.files("1005_rt-utils_mock_data").first))
    let scan = try #require(
      try await Conversion.convert(SharedData.files("1003_rt-utils_mock_data")).results.first?.scan)
    let mask = try set.labels(on: scan.volume.geometry)
    #expect(Self.counts(mask) == [1: 1443])
    #expect(set.segments.map { $0.label } == ["ROI-1"])
  }
}
