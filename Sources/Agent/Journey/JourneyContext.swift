internal import Audit
internal import Foundation
internal import Models

/// What the journeys of one agent share.
struct JourneyContext: Sendable {
  /// The rules in force when the journey began.
  let rules: RuleBook
  /// Models stay loaded between scans.
  let shelf: ModelShelf
  /// Where results go.
  let output: OutputTree
  /// The record of everything.
  let ledger: Ledger
  /// Threads of the network and of resampling; nil: one for each processor.
  let threads: Int?
  /// The inbox that a path lies in.
  let inbox: @Sendable (String) -> String?
  /// Asked between forward passes.
  let isCancelled: @Sendable () -> Bool
  /// Told what is going on.
  let reporter: any JourneyReporter

  func sealedRun(of key: RunKey) throws(JourneyError) -> String? {
    do {
      return try ledger.sealedRun(of: key)
    } catch {
      throw JourneyError(.recorded, .failed, "the audit could not be asked: \(error)")
    }
  }
}

/// Hears of progress; a terminal shows it, a pipe gets one line a stage.
public protocol JourneyReporter: Sendable {
  /// A stage of `series` has ended.
  func ended(_ stage: StageRecord, of series: String)
  /// `done` of `total` forward passes of `series` are through.
  func progressed(_ done: Int, of total: Int, of series: String)
}
