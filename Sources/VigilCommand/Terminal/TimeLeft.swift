import Foundation

/// How long work will go on, from how much of it is done and how long that took.
///
/// What happened before the first look (loading, the first pass with its cold caches) does not count; with it every estimate begins too long.
struct TimeLeft {
  private var first: (share: Double, at: ContinuousClock.Instant)?

  /// Seconds left after `share`, 0...1, is done at `now`; nil at the first look and where nothing moved since.
  mutating func observe(share: Double, at now: ContinuousClock.Instant) -> Double? {
    guard let first, share >= first.share else {
      first = (share, now)
      return nil
    }
    let (done, spent) = (share - first.share, (now - first.at) / .seconds(1))
    guard done > 0, spent > 0 else { return nil }
    return spent / done * max(0, 1 - share)
  }

  /// "about 20 s left", "about 12 min left", "about 3.5 h left".
  static func words(_ seconds: Double) -> String {
    if seconds < 90 { return String(format: "about %.0f s left", seconds) }
    if seconds < 5400 { return String(format: "about %.0f min left", seconds / 60) }
    return String(format: "about %.1f h left", seconds / 3600)
  }
}

/// Where a training is, for a terminal: one line that is rewritten at each iteration.
struct TrainingProgress {
  private let epochs: Int
  private let iterations: Int
  private var finished: Int
  private var iteration = 0
  private var start = ContinuousClock.now
  /// Seconds of the last epochs, the newest last.
  private var recent: [Double] = []

  /// Epochs differ (the first fills caches); so many of the last tell how long the next will take.
  private static let remembered = 5

  /// `finished` epochs lie behind.
  init(epochs: Int, iterations: Int, finished: Int) {
    self.epochs = epochs
    self.iterations = iterations
    self.finished = finished
  }

  /// Called before each iteration, those that validate included.
  mutating func nextIteration() {
    if iteration == 0 { start = .now }
    iteration += 1
    guard Printing.isTerminal else { return }
    let what = iteration <= iterations ? "iteration \(iteration) of \(iterations)" : "validating"
    let left = secondsLeft.map { ", " + TimeLeft.words($0) } ?? ""
    Printing.progress("epoch \(finished + 1) of \(epochs), \(what)\(left)")
  }

  /// Nil in the first iterations.
  private var secondsLeft: Double? {
    let spent = (ContinuousClock.now - start) / .seconds(1)
    let isMeasured = iteration > 3
    guard let epoch = recent.isEmpty ? (isMeasured ? spent / Double(iteration - 1) * Double(iterations) : nil) : mean
    else { return nil }
    return max(0, epoch - spent) + epoch * Double(epochs - finished - 1)
  }

  private var mean: Double { recent.reduce(0, +) / Double(recent.count) }

  /// After an epoch: seconds until the last.
  mutating func finish(_ record: some TimedEpoch) -> Double {
    recent = Array((recent + [record.seconds]).suffix(Self.remembered))
    finished = record.epoch + 1
    iteration = 0
    return mean * Double(max(0, epochs - finished))
  }
}

/// What a training's progress needs of an epoch.
protocol TimedEpoch {
  var epoch: Int { get }
  var seconds: Double { get }
}
