import Agent
import Foundation
import Synchronization

/// On a terminal one line that is rewritten while the network runs; nothing elsewhere (the log has a line for each stage).
final class ProgressReporter: JourneyReporter {
  private struct State {
    var start = ContinuousClock.now
    var total = 0
  }

  private let state = Mutex(State())
  private let writesStages: Bool

  /// `writesStages`: one line for each stage that ends, on standard error.
  init(writesStages: Bool) { self.writesStages = writesStages }

  func ended(_ stage: StageRecord, of series: String) {
    guard writesStages else { return }
    let clear = Printing.isTerminal ? "\r\u{1B}[K" : ""
    let detail = stage.facts["error"].map { _ in " stopped" } ?? ""
    Printing.aside("\(clear)\(stage.stage.rawValue)\(detail) in \(String(format: "%.2f", stage.seconds)) s: \(series)")
  }

  func progressed(_ done: Int, of total: Int, of series: String) {
    guard Printing.isTerminal else { return }
    let left = state.withLock { state -> Double in
      if done <= 1 || state.total != total { state = State(start: ContinuousClock.now, total: total) }
      let spent = (ContinuousClock.now - state.start) / .seconds(1)
      return done > 1 ? spent / Double(done - 1) * Double(total - done) : 0
    }
    let time = done > 1 && done < total ? String(format: ", about %.0f s left", left) : ""
    FileHandle.standardError.write(Data("\r\u{1B}[K\(series): forward pass \(done) of \(total)\(time)".utf8))
    if done == total { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}
