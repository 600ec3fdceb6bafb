import Testing
import VigilCommand

@Suite("The time left")
struct TimeLeftTests {
  private static let start = ContinuousClock.now

  /// What is said while pieces of work are done one after the other, each of so much of the whole (as foretold) and so many seconds.
  private func estimates(_ pieces: [(share: Double, seconds: Double)]) -> [(after: Double, said: Double?, left: Double)]
  {
    var left = TimeLeft()
    let whole = pieces.reduce(0) { $0 + $1.share }
    let end = pieces.reduce(0) { $0 + $1.seconds }
    var (share, time) = (0.0, 0.0)
    return pieces.map { piece in
      share += piece.share / whole
      time += piece.seconds
      return (time / end, left.observe(share: min(share, 1), at: Self.start + .seconds(time)), end - time)
    }
  }

  /// The largest share by which an estimate after `part` of the time is off, while at least a hundredth of it is left.
  private func worst(_ pieces: [(share: Double, seconds: Double)], after part: Double = 0.1) -> Double {
    let judged = estimates(pieces).filter { $0.after >= part && $0.after <= 0.99 }
    #expect(!judged.isEmpty && judged.allSatisfy { $0.said != nil })
    return judged.map { abs(($0.said ?? .infinity) - $0.left) / $0.left }.max() ?? .infinity
  }

  @Test("is right to the second where every window takes as long")
  func steady() {
    #expect(worst(Array(repeating: (1, 2), count: 100)) < 1e-6)
    #expect(worst(Array(repeating: (1, 0.001), count: 50_000)) < 0.01, "thinned, and still right")
  }

  @Test("is right within a fifth from a tenth of the time on although the first windows are slow")
  func slowBeginning() {
    let slow = Array(repeating: (1.0, 5.0), count: 3)
    #expect(worst(slow + Array(repeating: (1, 1), count: 197)) < 0.2)
  }

  @Test("is right within a fifth where the work of two models was foretold by a sixth wrong")
  func twoModels() {
    // 2D, then 3D: foretold 40 and 60 percent, 44 and 56 in truth.
    let flat = Array(repeating: (40.0 / 1000, 44.0 / 1000), count: 1000)
    let deep = Array(repeating: (60.0 / 50, 56.0 / 50), count: 50)
    #expect(worst(flat + deep) < 0.2)
  }

  @Test("knows three quarters through that the machine has become half as fast at half-time")
  func busyMachine() {
    let pieces = Array(repeating: (1.0, 1.0), count: 100) + Array(repeating: (1, 2), count: 100)
    #expect(worst(pieces, after: 2.0 / 3) < 0.2)
    #expect(worst(pieces, after: 0.4) > 0.3, "nobody can foretell it")
  }

  @Test("is not said at the first look, nor where nothing moves; other work begins anew")
  func nothing() {
    var left = TimeLeft()
    func look(_ share: Double, _ seconds: Double) -> Double? {
      left.observe(share: share, at: Self.start + .seconds(seconds))
    }
    #expect(look(0.2, 0) == nil)
    #expect(look(0.2, 5) == nil)
    #expect((look(0.6, 9) ?? 0) > 0)
    #expect(look(0.1, 10) == nil)
    #expect(abs((look(0.3, 12) ?? 0) - 7) < 1e-9)
    #expect(look(1, 19) == 0)
  }

  @Test(
    "rounds to less than a twentieth",
    arguments: [
      (0.4, "less than 1 s left"), (1, "about 1.0 s left"), (9.94, "about 9.9 s left"), (9.96, "about 10 s left"),
      (99.4, "about 99 s left"), (99.6, "about 1.7 min left"), (596, "about 9.9 min left"), (598, "about 10 min left"),
      (5900, "about 98 min left"), (6000, "about 1.7 h left"), (360_000, "about 100.0 h left"),
    ])
  func words(seconds: Double, text: String) { #expect(TimeLeft.words(seconds) == text) }
}
