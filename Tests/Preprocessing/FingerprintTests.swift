import Foundation
import Imaging
import Preprocessing
import Testing

@Suite("The fingerprint equals nnU-Net's")
struct FingerprintTests {
  struct File: Decodable {
    struct Case: Decodable {
      let channels: Golden.Array
      let labels: Golden.Array
      let spacing: [Double]
    }
    let samples: Int
    let cases: [Case]
    let fingerprint: String
  }

  private static func load() throws -> File {
    let file = Golden.folder.appending(path: "fingerprint.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: file))
  }

  private static func measured(_ item: File.Case) throws -> CaseFingerprint {
    let (shape, spacing) = (item.labels.shape, item.spacing)
    let grid = Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: SIMD3(), iStep: SIMD3(spacing[2], 0, 0),
      jStep: SIMD3(0, spacing[1], 0), kStep: SIMD3(0, 0, spacing[0]))
    let values = item.channels.floats
    let channels = (0..<2).map {
      Volume(geometry: grid, voxels: Array(values[$0 * grid.count..<($0 + 1) * grid.count]))
    }
    return try CaseFingerprint(
      channels: channels, labels: LabelMap(geometry: grid, voxels: item.labels.bytes.map { UInt16($0) }))
  }

  /// Every statistic to the bit, drawn by numpy's generator; one case has no foreground.
  @Test func everyStatisticIsNNUNets() throws {
    let file = try Self.load()
    let fingerprint = try DatasetFingerprint(cases: file.cases.map { try Self.measured($0) }, samples: file.samples)
    let expected = try DatasetFingerprint(parsing: Data(file.fingerprint.utf8))
    #expect(fingerprint == expected)
    let few = try file.cases.map { try Self.measured($0).limited(to: 100_000) }
    #expect(try DatasetFingerprint(cases: few, samples: file.samples) == expected, "nothing to limit")
  }

  /// A foreground larger than the number of draws is replaced by the draws.
  @Test func limitingLargeForegroundsChangesNothing() throws {
    let cases = try Self.load().cases.map { try Self.measured($0) }
    let all = try DatasetFingerprint(cases: cases, samples: 160)
    let limited = try DatasetFingerprint(cases: cases.map { $0.limited(to: 40) }, samples: 160)
    #expect(limited == all)
  }

  /// Without the case that has no foreground numpy pools in float; the draws are the same.
  @Test func poolingInFloatIsCloseToPoolingInDouble() throws {
    let file = try Self.load()
    let cases = try file.cases.map { try Self.measured($0) }
    let all = try DatasetFingerprint(cases: cases, samples: file.samples)
    let some = try DatasetFingerprint(cases: [cases[0], cases[1], cases[3]], samples: file.samples / 4 * 3)
    for (a, b) in zip(all.intensities, some.intensities) {
      #expect(abs(a.mean - b.mean) < 1e-6 * a.std)
      #expect(abs(a.std - b.std) < 1e-6 * a.std)
      #expect(a.lowerPercentile == b.lowerPercentile && a.upperPercentile == b.upperPercentile)
    }
  }

  @Test func emptyDataSetsAreNamed() throws {
    let cases = try Self.load().cases.map { try Self.measured($0) }
    #expect(throws: PlanningError.self) { try DatasetFingerprint(cases: []) }
    #expect(throws: PlanningError.self) { try DatasetFingerprint(cases: [cases[2]]) }
  }

  /// The 200 shared cases, fingerprint and plan against those nnU-Net made of them (`Golden/make_hippocampus_plans.py`): every
  /// number to the bit, every key in its place.
  @Test(.enabled(if: Golden.hasShared, "needs ../shared")) func theHippocampusDataSetIsPlannedAsByNNUNet() throws {
    let folder = Golden.shared.appending(path: "data/hippocampus")
    let fingerprint = try DatasetFolder(folder).fingerprint()
    let file = Golden.folder.appending(path: "hippocampus_fingerprint.json")
    let expected = try DatasetFingerprint(parsing: Data(contentsOf: file))
    #expect(fingerprint.intensities == expected.intensities)
    #expect(fingerprint.shapesAfterCrop == expected.shapesAfterCrop)
    #expect(fingerprint == expected)
    let dataset = try DatasetDescription(contentsOf: folder.appending(path: "dataset.json"))
    let plans = try V2Planner(dataset: dataset, fingerprint: fingerprint).plans(datasetName: "Dataset004_Hippocampus")
    let theirs = try JSONValue(parsing: Data(contentsOf: Golden.folder.appending(path: "hippocampus_plans.json")))
    #expect(plans.json == theirs)
    #expect(plans.configurationNames == ["2d", "3d_fullres"])
  }
}
