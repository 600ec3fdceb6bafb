import Imaging
import TestSupport
import Testing

@Suite("Overlap scores")
struct OverlapScoresTests {
  /// mm and share; MONAI keeps distances in single precision.
  static let single = 2e-5

  struct Case: Decodable {
    let file: String
    let spacing: [Double]
    let tp: Int
    let fp: Int
    let fn: Int
    let tn: Int
    let hd95: Double?
    let nsd: Double?
  }

  private func grid(_ shape: [Int], _ spacing: [Double] = [1, 1, 1]) -> Geometry {
    Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: SIMD3(1, 2, 3), iStep: SIMD3(0, spacing[2], 0),
      jStep: SIMD3(0, 0, -spacing[1]), kStep: SIMD3(spacing[0], 0, 0))
  }

  @Test("are MONAI's on blobs, points, whole grids, single slices and empty masks")
  func golden() throws {
    let cases = try Golden.json([Case].self, "scores.json")
    #expect(cases.count == 35)
    for item in cases {
      let pair = try Golden.array("scores/\(item.file)")
      let voxels = pair.integers.map { UInt16($0) }
      let grid = grid(Array(pair.shape[1...]), item.spacing)
      let a = LabelMap(geometry: grid, voxels: Array(voxels[..<grid.count]))
      let b = LabelMap(geometry: grid, voxels: Array(voxels[grid.count...]))
      let score = try OverlapScores(prediction: a, reference: b, labels: [1]).scores[0]
      #expect(
        [score.truePositives, score.falsePositives, score.falseNegatives, score.trueNegatives]
          == [item.tp, item.fp, item.fn, item.tn], "\(item.file)")
      #expect((score.hd95 == nil) == (item.hd95 == nil), "\(item.file)")
      if let found = score.hd95, let wanted = item.hd95 { #expect(abs(found - wanted) <= Self.single, "\(item.file)") }
      if let wanted = item.nsd { #expect(abs((score.nsd ?? -1) - wanted) <= Self.single, "\(item.file)") }
    }
  }

  private struct Weighted: Decodable {
    let file: String
    /// Of a voxel, mm.
    let diagonal: Double
    let hd95: Double?
    let nsd: Double?
  }

  /// For masks that are alike: elements of the surface are weighted by their area there, voxels are counted here.
  static let surfaceDistanceNSD = 0.04

  @Test("differ from DeepMind's surface-distance by no more than the two definitions of a surface do")
  func surfaceDistance() throws {
    let ours = try Golden.json([Case].self, "scores.json")
    let theirs = try Golden.json([Weighted].self, "surface_distance.json")
    #expect(ours.map { $0.file } == theirs.map { $0.file })
    for (item, other) in zip(ours, theirs) {
      let pair = try Golden.array("scores/\(item.file)")
      let voxels = pair.integers.map { UInt16($0) }
      let grid = grid(Array(pair.shape[1...]), item.spacing)
      let score = try OverlapScores(
        prediction: LabelMap(geometry: grid, voxels: Array(voxels[..<grid.count])),
        reference: LabelMap(geometry: grid, voxels: Array(voxels[grid.count...])), labels: [1]
      ).scores[0]
      #expect((score.hd95 == nil) == (other.hd95 == nil), "\(item.file): an empty mask has no distance")
      if let found = score.hd95, let wanted = other.hd95 {
        // Its surface runs between the voxels, ours through them: each end of a distance lies up to half a diagonal elsewhere.
        #expect(abs(found - wanted) <= other.diagonal, "\(item.file)")
      }
      guard item.file.hasSuffix("alike.npy"), let found = score.nsd, let wanted = other.nsd else { continue }
      #expect(abs(found - wanted) <= Self.surfaceDistanceNSD, "\(item.file)")
    }
  }

  @Test("empty masks: nothing to say where both are empty, no agreement where one is")
  func empty() throws {
    let grid = grid([2, 2, 2])
    let none = LabelMap(geometry: grid, voxels: [UInt16](repeating: 0, count: 8))
    let some = LabelMap(geometry: grid, voxels: [0, 0, 0, 1, 1, 0, 0, 0])
    let both = try OverlapScores(prediction: none, reference: none, labels: [1]).scores[0]
    #expect(both.dice == nil && both.iou == nil && both.hd95 == nil && both.nsd == nil && both.centroid == nil)
    #expect(both.trueNegatives == 8 && both.volume == 0)
    for (a, b) in [(none, some), (some, none)] {
      let one = try OverlapScores(prediction: a, reference: b, labels: [1]).scores[0]
      #expect(one.dice == 0 && one.iou == 0 && one.hd95 == nil && one.nsd == 0)
      #expect((one.centroid == nil) != (one.referenceCentroid == nil))
    }
  }

  @Test("labels and regions are counted apart; ignored voxels count nowhere")
  func regions() throws {
    let grid = grid([1, 2, 4], [2, 3, 5])
    let a = LabelMap(geometry: grid, voxels: [1, 1, 2, 2, 0, 0, 3, 3])
    let b = LabelMap(geometry: grid, voxels: [1, 2, 2, 0, 0, 3, 3, 9])
    let labels = try OverlapScores(prediction: a, reference: b, labels: [1, 2, 3]).scores
    #expect(labels.map { $0.truePositives } == [1, 1, 1])
    #expect(labels.map { $0.falsePositives } == [1, 1, 1])
    #expect(labels.map { $0.falseNegatives } == [0, 1, 1])
    #expect(labels[0].dice == 2.0 / 3 && labels[0].iou == 0.5)
    #expect(labels[0].volume == 0.06 && labels[0].referenceVolume == 0.03)
    #expect(labels[0].referenceCentroid == SIMD3(1, 2, 3) && labels[0].centroid == SIMD3(1, 4.5, 3))
    let region = try OverlapScores(prediction: a, reference: b, regions: [[1, 2]]).scores[0]
    #expect(
      [region.truePositives, region.falsePositives, region.falseNegatives, region.trueNegatives] == [3, 1, 0, 4])
    let ignoring = try OverlapScores(prediction: a, reference: b, labels: [3], ignoring: 9).scores[0]
    #expect(
      [ignoring.truePositives, ignoring.falsePositives, ignoring.falseNegatives, ignoring.trueNegatives] == [
        1, 0, 1, 5,
      ])
  }

  @Test("another grid is refused, and the error says how far apart they are")
  func mismatch() {
    let a = LabelMap(geometry: grid([2, 2, 2]), voxels: [UInt16](repeating: 1, count: 8))
    let b = LabelMap(geometry: grid([2, 2, 2], [1, 1, 1.5]), voxels: a.voxels)
    #expect { try OverlapScores(prediction: a, reference: b, labels: [1]) } throws: { "\($0)".contains("0.5 mm") }
  }
}
