import Foundation
import Networks
import Tensors
import Testing

@Suite struct ImportanceMapTests {
  private struct Row: Decodable {
    let shape: [Int]
    let step: Int
    let count: Int
    let offset: Int
  }

  /// Half precision values: where Double rounding of the two implementations falls on either side of a tie, one unit in the last place.
  private let halfUnit: Float = 1.0 / 1024

  @Test func isNNUNets() throws {
    let rows = try JSONDecoder().decode([Row].self, from: GoldenFile.data("importance.json"))
    let vector = try GoldenFile.vector("importance.npy")
    for row in rows {
      let window = try SlidingWindow(patchSize: row.shape)
      let map = window.importance.elements
      let sampled = stride(from: 0, to: map.count, by: row.step).map { map[$0] }
      let expected = vector[row.offset..<row.offset + row.count]
      #expect(sampled.count == expected.count)
      let different = zip(sampled, expected).filter { $0 != $1 }
      #expect(different.count * 1000 <= sampled.count, "\(row.shape): \(different.count) of \(sampled.count) differ")
      #expect(different.allSatisfy { abs($0 - $1) <= halfUnit * max($1, 6e-5) })
      #expect(map.max() == 10)
      #expect(map.allSatisfy { $0 > 0 })
    }
  }
}
