import Foundation
import Testing
import Training

struct RandomSourceTests {
  /// Draws of each statistical test. With as many, a mean of uniforms is 2e-3 off in one run of 10^9.
  static let draws = 200_000
  /// Bound on means and frequencies: six standard errors of a frequency of 1/2.
  static let tolerance = 6 * 0.5 / Double(draws).squareRoot()

  @Test func `the generator is xoshiro256**`() {
    // The first outputs from the state 1, 2, 3, 4 of the authors' own program.
    var source = RandomSource(words: SIMD4(1, 2, 3, 4))
    #expect(source.next() == 11520)
    #expect(source.next() == 0)
    #expect(source.next() == 1_509_978_240)
    #expect(source.next() == 1_215_971_899_390_074_240)
    #expect(source.next() == 1_216_172_134_540_287_360)
  }

  @Test func `a seed and a path say everything, and every step of the path counts`() {
    var paths: Set<UInt64> = []
    for path in [[], [0], [0, 0], [0, 1], [1, 0], [1], [0, 0, 1], [1, 1], [-1]] {
      var (a, b) = (RandomSource(seed: 7, path: path), RandomSource(seed: 7, path: path))
      let first = a.next()
      #expect(first == b.next())
      paths.insert(first)
      var other = RandomSource(seed: 8, path: path)
      paths.insert(other.next())
    }
    #expect(paths.count == 18)
    #expect(RandomSource(seed: 3, stream: 5) == RandomSource(seed: 3, path: [5]))
  }

  @Test func `saving and loading continues the sequence`() throws {
    var source = RandomSource(seed: 11)
    _ = source.normal()
    var loaded = try JSONDecoder().decode(RandomSource.self, from: JSONEncoder().encode(source))
    #expect(loaded == source)
    #expect(loaded.normal() == source.normal())
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(RandomSource.self, from: Data("[0,0,0,0]".utf8))
    }
  }

  @Test func `uniform, normal and chance have their moments`() {
    var source = RandomSource(seed: 1)
    var (sum, squares, hits, least, most) = (0.0, 0.0, 0, 9.0, 0.0)
    for _ in 0..<Self.draws {
      let u = source.uniform(2, 3)
      (least, most) = (min(least, u), max(most, u))
      let n = source.normal()
      (sum, squares) = (sum + n, squares + n * n)
      if source.chance(0.2) { hits += 1 }
    }
    let count = Double(Self.draws)
    #expect(least >= 2 && least < 2.001 && most > 2.999 && most < 3)
    #expect(abs(sum / count) < 2 * Self.tolerance)
    #expect(abs(squares / count - 1) < 4 * Self.tolerance)
    #expect(abs(Double(hits) / count - 0.2) < Self.tolerance)
  }

  @Test func `whole numbers are uniform over a range, ends included`() {
    var source = RandomSource(seed: 2)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<Self.draws { counts[source.integer(in: -3...3) + 3] += 1 }
    for count in counts { #expect(abs(Double(count) / Double(Self.draws) - 1 / 7) < Self.tolerance) }
    #expect(source.integer(in: 5...5) == 5)
    var signs = Set<Bool>()
    for _ in 0..<64 { signs.insert(source.integer(in: Int.min...Int.max) < 0) }
    #expect(signs.count == 2)
  }
}
