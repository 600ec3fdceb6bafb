internal import DICOM
internal import Networks
internal import Preprocessing

/// One scan's way, from the volume to the sealed run: a line a stage. Before it, `SeriesJourney` has noticed, settled and
/// converted the series. Each line's value can only be made by the room that the line calls, so the compiler knows the order.
struct Journey {
  let context: JourneyContext
  let scan: Scan
  var log: StageLog

  /// Ends in a sealed run, or in the error that `SeriesJourney` seals.
  mutating func travel() throws(JourneyError) -> JourneyEnd {
    let match = try log.stage(.matched) { () throws(JourneyError) in try matched() }
    if let sealed = try context.sealedRun(of: match.key) { return .alreadySealed(run: sealed) }
    let prepared = try log.stage(.preprocessed) { () throws(JourneyError) in try preprocessed(match) }
    let logits = try log.stage(.inferred) { () throws(JourneyError) in try inferred(prepared, match) }
    let result = try log.stage(.postprocessed) { () throws(JourneyError) in try postprocessed(logits, prepared, match) }
    let written = try log.stage(.written) { () throws(JourneyError) in try written(result, match) }
    return try recorded(written, result, match)
  }
}

/// How a journey ended.
enum JourneyEnd: Sendable {
  /// A new run was sealed.
  case sealed(RunRecord)
  /// The same scan, rule and model were sealed before; nothing was done.
  case alreadySealed(run: String)
  /// The agent was told to stop; nothing is recorded.
  case interrupted
}
