import Foundation
import Networks
import Testing

@Suite struct SlidingWindowTests {
  private struct Row: Decodable {
    let size: Int
    let patch: Int
    let step: Double
    let positions: [Int]
  }

  @Test func positionsAreNNUNets() throws {
    let table = try JSONDecoder().decode([Row].self, from: GoldenFile.data("positions.json"))
    #expect(table.count > 400)
    for row in table {
      let window = try SlidingWindow(patchSize: [row.patch, 1, 1], stepSize: row.step)
      #expect(window.origins([row.size, 1, 1]).map { $0[0] } == row.positions, "\(row)")
    }
  }

  @Test func positionsOfTheSpecification() throws {
    let window = try SlidingWindow(patchSize: [96, 64, 64])
    let origins = window.origins([145, 110, 64])
    #expect(origins.map { $0[0] }.removingRepeats() == [0, 24, 49])
    #expect(Array(origins.prefix(3)).map { $0[1] } == [0, 23, 46])
  }

  @Test func a2DWindowVisitsEverySlice() throws {
    let window = try SlidingWindow(patchSize: [8, 8])
    #expect(window.origins([3, 8, 12]) == [[0, 0, 0], [0, 0, 4], [1, 0, 0], [1, 0, 4], [2, 0, 0], [2, 0, 4]])
  }

  @Test func mirroringsAreAllSubsets() throws {
    let window = try SlidingWindow(patchSize: [8, 8, 8], mirrorAxes: [0, 1, 2])
    #expect(window.passes(over: [145, 110, 4]) == window.origins([145, 110, 8]).count * 8)
    let flat = try SlidingWindow(patchSize: [8, 9])
    #expect(flat.passes(over: [7, 8, 100]) == flat.origins([7, 8, 100]).count)
    #expect(window.passes(over: [1 << 62, 1 << 62, 1 << 62]) == .max, "counted, not listed")
    #expect(throws: NetworkError.self) { try SlidingWindow(patchSize: [8, 8, 8], stepSize: 1e-30) }
    #expect(window.mirrorings == [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]])
    #expect(try SlidingWindow(patchSize: [8, 8], mirrorAxes: [0, 1]).mirrorings == [[], [1], [2], [1, 2]])
    #expect(try SlidingWindow(patchSize: [8, 8]).mirrorings == [[]])
  }
}

extension Array where Element: Equatable {
  fileprivate func removingRepeats() -> [Element] {
    reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }
}
