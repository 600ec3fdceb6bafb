import Foundation
import Synchronization

/// "segmented 12 of 40 cases, about 20 s left": one line on a terminal. May be told from any thread.
final class CaseProgress: Sendable {
  private let verb: String
  private let left = Mutex(TimeLeft())

  init(_ verb: String) { self.verb = verb }

  /// `done` of `count` cases are; `work`: what each takes, in order, where they differ.
  func show(_ done: Int, of count: Int, weighing work: [Int] = []) {
    let (all, part) = (work.reduce(0, +), work.prefix(done).reduce(0, +))
    let share = all > 0 ? Double(part) / Double(all) : Double(done) / Double(max(1, count))
    let seconds = left.withLock { $0.observe(share: share, at: .now) }
    Printing.progress("\(verb) \(done) of \(count) cases\(seconds.map { ", " + TimeLeft.words($0) } ?? "")")
  }
}
