import Agent
import Foundation
import Models
import Synchronization

/// On a terminal one line that is rewritten while a scan is worked on; nothing elsewhere (the log has a line for each stage).
final class ProgressReporter: JourneyReporter {
  fileprivate struct State {
    var series = ""
    var left = TimeLeft()
    /// The same of the model at hand, and how much was done when it began.
    var own = (left: TimeLeft(), run: 0, since: 0.0)
    /// Of each rule's last scan; what comes after the networks differs by the outputs.
    var secondsPerVoxel: [String: Double] = [:]
    var shown: ContinuousClock.Instant?
    /// The scan whose networks have run last, and when they were done.
    var after: (progress: JourneyProgress, at: ContinuousClock.Instant)?
  }

  private let state = Mutex(State())
  private let writesStages: Bool

  /// What comes after the networks, s a voxel, until a scan of the rule has shown it: labels, files, report and record of a head of 181 x 217 x 181
  /// took 0.28 µs on a Xeon with two cores, labels and one file 0.07.
  fileprivate static let (wholeJourney, labelsAlone) = (0.28e-6, 0.07e-6)
  /// Share of the work after which a model's own pace is trusted.
  fileprivate static let trusted = 0.05
  /// A line that changes more often cannot be read.
  fileprivate static let pause = Duration.milliseconds(100)

  /// `writesStages`: one line for each stage that ends, on standard error.
  init(writesStages: Bool) { self.writesStages = writesStages }

  func ended(_ stage: StageRecord, of series: String) {
    guard writesStages else { return }
    let stopped = stage.facts["error"] != nil
    let clear = Printing.isTerminal ? Printing.clearLine : ""
    Printing.aside(
      "\(clear)\(stage.stage.rawValue)\(stopped ? " stopped" : "") in \(String(format: "%.2f", stage.seconds)) s: \(series)"
    )
    guard Printing.isTerminal else { return }
    let left = state.withLock { $0.secondsAfterNetworks(stage.stage, stopped: stopped, at: .now) }
    guard !stopped, let next = Stage.allCases.first(where: { $0.follows(stage.stage) }) else { return }
    Printing.progress("\(series): being \(next.rawValue)\(left.map { ", " + TimeLeft.words($0) } ?? "")")
  }

  func progressed(_ progress: JourneyProgress) {
    guard Printing.isTerminal, let left = state.withLock({ $0.secondsLeft(progress, writesStages, at: .now) }) else {
      return
    }
    let step = progress.step
    let model = step.runs > 1 ? ", model \(step.run) of \(step.runs)" : ""
    let time = left.map { ", " + TimeLeft.words($0) } ?? ""
    Printing.progress(
      "\(progress.series)\(model): forward pass \(step.done) of \(step.total), \(Int(100 * step.share)) %\(time)")
    if step.share >= 1, !writesStages { FileHandle.standardError.write(Data(Printing.clearLine.utf8)) }
  }
}

extension ProgressReporter.State {
  /// Nil where nothing is to be shown now; in it nil where nothing can be said.
  fileprivate mutating func secondsLeft(
    _ progress: JourneyProgress, _ isJourney: Bool, at now: ContinuousClock.Instant
  ) -> Double?? {
    let step = progress.step
    // The models of an ensemble are one piece of work; the same size again is another scan.
    if progress.series != series || step.run == 1 && step.done == 1 {
      (series, left, own) = (progress.series, TimeLeft(), (TimeLeft(), 0, 0))
    }
    if step.run != own.run { own = (TimeLeft(), step.run, step.share) }
    // How fast one model is against another was foretold, not measured: soon its own pace is better.
    let (all, mine) = (left.observe(share: step.share, at: now), own.left.observe(share: step.share, at: now))
    let networks = step.share - own.since >= ProgressReporter.trusted ? mine ?? all : all
    if step.share >= 1 { after = (progress, now) }
    guard step.share >= 1 || shown.map({ now - $0 >= ProgressReporter.pause }) ?? true else { return .none }
    shown = now
    let perVoxel =
      secondsPerVoxel[progress.rule] ?? (isJourney ? ProgressReporter.wholeJourney : ProgressReporter.labelsAlone)
    return .some(networks.map { $0 + perVoxel * Double(progress.voxels) })
  }

  /// After a stage; nil before the networks are done, and when nothing follows.
  fileprivate mutating func secondsAfterNetworks(
    _ stage: Stage, stopped: Bool, at now: ContinuousClock.Instant
  ) -> Double? {
    guard let (progress, start) = after, !stopped else {
      after = nil
      return nil
    }
    let spent = (now - start) / .seconds(1)
    if stage == .recorded {
      secondsPerVoxel[progress.rule] = spent / Double(max(1, progress.voxels))
      after = nil
      return nil
    }
    let expected = secondsPerVoxel[progress.rule] ?? ProgressReporter.wholeJourney
    let left = expected * Double(progress.voxels) - spent
    return left >= 1 ? left : nil
  }
}

extension Stage {
  /// Whether this stage comes right after `other`.
  fileprivate func follows(_ other: Stage) -> Bool {
    let all = Stage.allCases
    return all.firstIndex(of: self) == all.firstIndex(of: other).map { $0 + 1 }
  }
}
