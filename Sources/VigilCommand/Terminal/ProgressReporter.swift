import Agent
import Foundation
import Synchronization

/// On a terminal one line that is rewritten while the network runs; nothing elsewhere (the log has a line for each stage).
final class ProgressReporter: JourneyReporter {
  private struct State {
    var series = ""
    var left = TimeLeft()
  }

  private let state = Mutex(State())
  private let writesStages: Bool

  /// `writesStages`: one line for each stage that ends, on standard error.
  init(writesStages: Bool) { self.writesStages = writesStages }

  func ended(_ stage: StageRecord, of series: String) {
    guard writesStages else { return }
    let clear = Printing.isTerminal ? Printing.clearLine : ""
    let detail = stage.facts["error"].map { _ in " stopped" } ?? ""
    Printing.aside("\(clear)\(stage.stage.rawValue)\(detail) in \(String(format: "%.2f", stage.seconds)) s: \(series)")
    guard Printing.isTerminal, let next = Stage.allCases.first(where: { $0.follows(stage.stage) }), detail.isEmpty
    else { return }
    Printing.progress("\(series): being \(next.rawValue)")
  }

  func progressed(_ done: Int, of total: Int, share: Double, of series: String) {
    guard Printing.isTerminal else { return }
    let left = state.withLock { state -> Double? in
      // The models of an ensemble are one piece of work: the share goes on where it was.
      let name = String(series.prefix { $0 != "," })
      if name != state.series { state = State(series: name) }
      return state.left.observe(share: share, at: .now)
    }
    let time = left.map { ", " + TimeLeft.words($0) } ?? ""
    Printing.progress("\(series): forward pass \(done) of \(total), \(Int(100 * share)) %\(time)")
    if share >= 1 { FileHandle.standardError.write(Data(Printing.clearLine.utf8)) }
  }
}

extension Stage {
  /// Whether this stage comes right after `other`.
  fileprivate func follows(_ other: Stage) -> Bool {
    let all = Stage.allCases
    return all.firstIndex(of: self) == all.firstIndex(of: other).map { $0 + 1 }
  }
}
