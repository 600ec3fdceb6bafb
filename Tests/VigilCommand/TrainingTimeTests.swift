import Testing
import VigilCommand

@Suite("The time left of a training")
struct TrainingTimeTests {
  /// Made-up seconds of each part of a training.
  private struct Plan {
    var epochs = 5
    var finished = 0
    var (training, validation) = (20, 4)
    /// Of the first iteration of a run, each other, one that validates, what an epoch does besides, and a pass over the cases held back
    /// (batches of 4 in a validation iteration).
    var (first, iteration, validating, besides, pass) = (6.0, 1.0, 0.4, 1.5, 0.1)
    var passes = 80

    /// Share of the time gone, what is said, what is true; at each iteration.
    func run() -> [(after: Double, said: Double?, left: Double)] {
      let start = ContinuousClock.now
      var time = 0.0
      var left = TrainingTime(
        epochs: epochs, training: training, validation: validation, finished: finished, passes: passes, batch: 4)
      var said: [(Double, Double?)] = []
      for epoch in finished..<epochs {
        for step in 0..<(training + validation) {
          left.begin(at: start + .seconds(time))
          #expect(left.epoch == epoch + 1)
          said.append((time, left.secondsLeft))
          time += step >= training ? validating : said.count == 1 ? first : iteration
        }
        time += besides
        left.finish(epochs: epoch + 1)
        said.append((time, left.secondsLeft))
      }
      let end = time + Double(passes) * pass
      return said.map { ($0.0 / end, $0.1, end - $0.0) }
    }

    func worst() -> Double {
      let judged = run().filter { $0.after >= 0.1 && $0.after <= 0.99 }
      #expect(!judged.isEmpty && judged.allSatisfy { $0.said != nil })
      return judged.map { abs(($0.said ?? .infinity) - $0.left) / $0.left }.max() ?? .infinity
    }
  }

  @Test("is right within a fifth from a tenth of the time on: slow first batch, checkpoints, cases held back")
  func plain() { #expect(Plan().worst() < 0.2) }

  @Test("is right within a fifth after a run is taken up again, and where the cases held back take most of the time")
  func resumedAndLongEnd() {
    var plan = Plan()
    (plan.finished, plan.first) = (3, 4)
    #expect(plan.worst() < 0.2)
    plan.passes = 2000
    #expect(plan.worst() < 0.2)
  }

  @Test("after an epoch has shown what it takes, nothing is left to guess")
  func exact() {
    let judged = Plan().run().filter { $0.after > 0.25 }
    #expect(judged.allSatisfy { abs(($0.said ?? .infinity) - $0.left) <= 1e-6 * ($0.left + 1) })
  }

  @Test("is not said before an iteration other than the first was timed; says where the epoch is")
  func place() {
    let start = ContinuousClock.now
    var time = TrainingTime(epochs: 1, training: 2, validation: 1, finished: 0, passes: 0, batch: 1)
    time.begin(at: start)
    #expect(time.secondsLeft == nil && time.place == "iteration 1 of 2")
    time.begin(at: start + .seconds(9))
    #expect(time.secondsLeft == nil && time.place == "iteration 2 of 2")
    time.begin(at: start + .seconds(11))
    #expect(time.place == "validating")
    #expect(abs((time.secondsLeft ?? 0) - 2.0 / 3) < 1e-9, "one that validates takes a third until it was seen")
    time.finish(epochs: 1)
    #expect(time.secondsLeft == 0)
  }
}
