import Imaging
import TestSupport
import Testing

@Suite("Lesion counts")
struct LesionCountsTests {
  private struct Case: Decodable {
    let file: String
    let reference: Int
    let predicted: Int
    let found: Int
    let spurious: Int
  }

  private func grid(_ shape: [Int]) -> Geometry {
    Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: .zero, iStep: SIMD3(1, 0, 0),
      jStep: SIMD3(0, 2, 0), kStep: SIMD3(0, 0, 3))
  }

  @Test("are those of scipy's components on random points, blobs, whole grids and empty masks")
  func golden() throws {
    let cases = try Golden.json([Case].self, "lesions.json")
    #expect(cases.count == 41)
    for item in cases {
      let pair = try Golden.array("scores/\(item.file)")
      let voxels = pair.integers.map { UInt16($0) }
      let grid = grid(Array(pair.shape[1...]))
      let counts = try LesionCounts(
        prediction: LabelMap(geometry: grid, voxels: Array(voxels[..<grid.count])),
        reference: LabelMap(geometry: grid, voxels: Array(voxels[grid.count...])), labels: [1])
      #expect(
        [counts.reference, counts.predicted, counts.found, counts.spurious]
          == [item.reference, item.predicted, item.found, item.spurious], "\(item.file)")
      #expect(counts.missed == item.reference - item.found)
    }
  }

  @Test("rates: nothing to say of nothing, 0 where one mask is empty")
  func rates() throws {
    let grid = grid([1, 1, 5])
    let none = LabelMap(geometry: grid, voxels: [0, 0, 0, 0, 0])
    let two = LabelMap(geometry: grid, voxels: [1, 0, 0, 1, 1])
    let one = LabelMap(geometry: grid, voxels: [1, 1, 0, 0, 0])
    let nothing = try LesionCounts(prediction: none, reference: none, labels: [1])
    #expect(nothing.f1 == nil && nothing.sensitivity == nil && nothing.precision == nil)
    #expect(try LesionCounts(prediction: two, reference: none, labels: [1]).f1 == 0)
    #expect(try LesionCounts(prediction: none, reference: two, labels: [1]).f1 == 0)
    let half = try LesionCounts(prediction: one, reference: two, labels: [1])
    #expect(half.sensitivity == 0.5 && half.precision == 1 && half.f1 == 2.0 / 3)
  }

  @Test("ignored voxels count nowhere; another grid is refused")
  func ignoring() throws {
    let grid = grid([1, 1, 4])
    let guess = LabelMap(geometry: grid, voxels: [1, 0, 1, 1])
    let truth = LabelMap(geometry: grid, voxels: [9, 0, 0, 1])
    let counts = try LesionCounts(prediction: guess, reference: truth, labels: [1], ignoring: 9)
    #expect([counts.reference, counts.predicted, counts.found, counts.spurious] == [1, 1, 1, 0])
    let other = LabelMap(geometry: self.grid([1, 2, 2]), voxels: [0, 0, 0, 0])
    #expect(throws: GridMismatch.self) { try LesionCounts(prediction: guess, reference: other, labels: [1]) }
  }
}
