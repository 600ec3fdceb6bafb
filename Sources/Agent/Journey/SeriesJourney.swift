internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Intake

/// A settled series on its way: what precedes a scan's `Journey`, and the sealing of what ends early.
struct SeriesJourney {
  let context: JourneyContext
  let series: SettledSeries
  private let log: StageLog

  init(context: JourneyContext, series: SettledSeries) {
    self.context = context
    self.series = series
    let (name, reporter) = (series.name, context.reporter)
    log = StageLog { reporter.ended($0, of: name) }
  }

  /// One end for each volume in the series, or one for the series where it gives none.
  func travel() throws(AgentError) -> [JourneyEnd] {
    if let end = changed { return [end] }
    log.append(series.noticed)
    log.append(series.settled)
    let parts: [Result<Scan, RefusedSeries>]
    do throws(JourneyError) {
      parts = try log.stage(.converted) { () throws(JourneyError) in try converted() }
    } catch {
      if error.tellsOfInput, let end = changed { return [end] }
      return [try context.seal(error, Unprocessed(series, context.aliases), log: log)]
    }
    if let end = changed { return [end] }
    var ends: [JourneyEnd] = []
    for part in parts where context.isWanted(part) { ends.append(try end(of: part)) }
    return ends
  }

  /// Files that are not what settled any more: what was read of them, or would be, is not what somebody has finished sending.
  private var changed: JourneyEnd? {
    let files = series.files.changedSince()
    return files.isEmpty ? nil : .changed(files)
  }

  private func converted() throws(JourneyError) -> ([Result<Scan, RefusedSeries>], Facts) {
    let parts = SeriesConversion.convert(series.files.map { $0.path })
    guard !parts.isEmpty else { throw JourneyError(.converted, .refused, "the files hold no image") }
    // Nothing is made of the other files meanwhile: it would be a scan with a gap.
    for case .failure(let refusal) in parts where refusal.canPass {
      throw JourneyError(.converted, .postponed, refusal.message, files: refusal.files)
    }
    return (parts, ["scans": .list(parts.map { $0.fact(context) })])
  }

  private func end(of part: Result<Scan, RefusedSeries>) throws(AgentError) -> JourneyEnd {
    switch part {
    case .failure(let refusal):
      return try context.seal(
        JourneyError(.converted, .refused, refusal.message, files: refusal.files),
        Unprocessed(refusal, context.aliases),
        log: log)
    case .success(let scan):
      let journey = Journey(context: context, scan: scan, log: log.fork())
      do throws(JourneyError) {
        return try journey.travel()
      } catch {
        if error.tellsOfInput, let end = changed { return end }
        return try context.seal(error, Unprocessed(scan, context.aliases), log: journey.log)
      }
    }
  }
}
