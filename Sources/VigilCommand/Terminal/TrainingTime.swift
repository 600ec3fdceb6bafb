import Foundation

/// How long a training will go on, from how long its iterations took: those that train, those that validate, what an epoch does besides
/// (checkpoints, the chart), and the cases held back, which are segmented at the end.
package struct TrainingTime {
  private let epochs: Int
  private let training: Int
  private let validation: Int
  /// Forward passes that segment the cases held back, in validation iterations.
  private let after: Double
  private var finished: Int
  /// Iterations of this epoch that have begun.
  private var begun = 0
  private var last: ContinuousClock.Instant?
  /// When the last validation iteration of an epoch began, until the next epoch begins.
  private var closing: ContinuousClock.Instant?
  private var trained = Durations()
  private var validated = Durations()
  private var besides = Durations()

  /// A forward pass alone takes about so much of one with its way back and the optimiser's step; until one has been timed.
  private static let forwardShare = 1.0 / 3

  /// `finished` epochs lie behind. `passes`: forward passes that segment the cases held back, of which a validation iteration does `batch`.
  package init(epochs: Int, training: Int, validation: Int, finished: Int, passes: Int, batch: Int) {
    self.epochs = epochs
    self.training = training
    self.validation = validation
    self.finished = finished
    after = Double(passes) / Double(max(1, batch))
  }

  /// "iteration 3 of 250" or "validating", after ``begin(at:)``.
  package var place: String { begun <= training ? "iteration \(begun) of \(training)" : "validating" }

  /// The epoch at hand, from 1.
  package var epoch: Int { finished + 1 }

  /// An iteration begins.
  package mutating func begin(at now: ContinuousClock.Instant) {
    if let last, begun > 0 {
      let seconds = (now - last) / .seconds(1)
      if begun <= training { trained.add(seconds) } else { validated.add(seconds) }
    } else if let closing {
      besides.add(max(0, (now - closing) / .seconds(1) - validated.mean(or: 0)))
    }
    begun += 1
    (last, closing) = (now, begun == training + validation ? now : nil)
  }

  /// An epoch has ended; `epoch` of them are behind.
  package mutating func finish(epochs: Int) {
    finished = epochs
    begun = 0
  }

  /// Seconds until everything is done; nil before the second iteration of a run has been timed.
  package var secondsLeft: Double? {
    guard let iteration = trained.steady else { return nil }
    let pass = validated.mean(or: iteration * Self.forwardShare)
    let done = max(0, begun - 1)
    let trainingLeft = Double((epochs - finished) * training - min(done, training))
    let validationLeft = Double((epochs - finished) * validation - max(0, done - training))
    return trainingLeft * iteration + validationLeft * pass + Double(epochs - finished) * besides.mean(or: 0)
      + after * pass
  }

  /// The latest durations of one kind, s.
  private struct Durations {
    private var values: [Double] = []
    private var count = 0

    private static let remembered = 200

    /// The first of all counts only until there is another: it waits for the first batch and for cold caches.
    mutating func add(_ seconds: Double) {
      count += 1
      if count == 2 { values = [] }
      values.append(seconds)
      if values.count > Self.remembered { values.removeFirst() }
    }

    func mean(or other: Double) -> Double { values.isEmpty ? other : values.reduce(0, +) / Double(values.count) }

    var steady: Double? { count < 2 ? nil : mean(or: 0) }
  }
}
