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
  let audit: AuditDatabase
  /// What the inbox's files are called on record.
  let aliases: PathAliases
  /// Threads of the network and of resampling; nil: one for each processor.
  let threads: Int?
  /// The inbox that a path lies in.
  let inbox: @Sendable (String) -> String?
  /// Whether series that are held are now to be refused, because the wait is over.
  let endsHolding: Bool
  /// Asked between forward passes.
  let isCancelled: @Sendable () -> Bool
  /// Told what is going on.
  let reporter: any JourneyReporter

  /// The sealed run of the same work, failures included: what failed is tried again when input, rule or model change.
  func sealedRun(of key: RunKey) throws(JourneyError) -> RunID? {
    do throws(AuditError) {
      return try audit.sealedRun(for: key, includingFailed: true)
    } catch {
      throw JourneyError(.recorded, .agent, "\(error)")
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
