internal import Audit
internal import DICOM
internal import Foundation
internal import Models
internal import Preprocessing
internal import Writers

/// One scan's way, from the volume to the sealed run: a line a stage. Before it, `SeriesJourney` has noticed, settled and
/// converted the series. Each line's value can only be made by the room that the line calls, so the compiler knows the order.
struct Journey {
  let context: JourneyContext
  let scan: Scan
  let log: StageLog
  /// All the channels, where a rule takes several series of a study; `scan` is the first of them.
  var study: StudyScans?

  /// Ends in a sealed run, or in the error that `SeriesJourney` seals. Whoever computes the scan, this process or a cluster, leaves a bundle,
  /// and every bundle is taken in by the same lines; `vigil run --bundle` and a job leave it at that.
  func travel() throws(JourneyError) -> JourneyEnd {
    let match = try log.stage(.matched) { () throws(JourneyError) in try matched() }
    do throws(JourneyError) {
      switch context.destination {
      case .bundles(let folder):
        return .sealed(try bundled(match, below: folder).run, .segmented, message: nil)
      case .ledger(let ledger):
        if let run = try ledger.sealedRun(of: match.key) { return .alreadySealed(run) }
        if let executor = context.executor(of: match.rule) { return try dispatched(match, executor, ledger) }
        let staging = try ledger.staging(for: match.key)
        return try takenIn(try bundled(match, below: staging.url), match, ledger)
      }
    } catch {
      throw error.of(match)
    }
  }

  /// From the match to a bundle below `folder`. Nothing of it knows a database.
  private func bundled(_ match: MatchedScan, below folder: URL) throws(JourneyError) -> MadeBundle {
    let input = try log.stage(.preprocessed) { () throws(JourneyError) in try preprocessed(match) }
    let logits = try log.stage(.inferred) { () throws(JourneyError) in try inferred(input, match) }
    let result = try log.stage(.postprocessed) { () throws(JourneyError) in try postprocessed(logits, match) }
    return try log.stage(.written) { () throws(JourneyError) in try written(result, match, below: folder) }
  }
}

/// How a journey ended.
enum JourneyEnd: Sendable {
  /// A new run was sealed, in the database or as a bundle that was asked for.
  case sealed(RunID, RunOutcome, message: String?)
  /// It was refused, and sealed, because it could not be done for a cause that can pass: the next start tries it again.
  case givenUp(RunID, message: String)
  /// The same scan, rule and model were sealed before; nothing was done.
  case alreadySealed(RunID)
  /// Files changed after they had settled; nothing is recorded until they have settled again.
  case changed([String])
  /// Slices are missing; the rule says to wait for them, so long or as long as the agent was told.
  case held(String, wait: Duration?)
  /// It is a channel of a study, which is worked on as a whole; nothing is recorded of the series alone.
  case gathered
  /// Channels of studies, out of an archive that does not hold all of a study: they wait for the others.
  case awaiting([ChannelCandidate])
  /// It could not be done for a cause that can pass; nothing is recorded until it is done or given up.
  case postponed(String)
  /// A batch engine computes it, under this name; nothing is recorded until its bundle is there.
  case dispatched(String, why: String)
  /// The agent was told to stop; nothing is recorded.
  case interrupted
}
