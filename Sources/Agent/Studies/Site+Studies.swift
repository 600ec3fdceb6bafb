internal import Audit
internal import Foundation
internal import Intake
internal import Synchronization

extension Site {
  /// The rule of that name among those in force; nil where there is none any more.
  func ruleInForce(_ name: String) -> Rule? { rules.withLock { $0 }.only(onlyRule).rules.first { $0.name == name } }

  /// Takes a study on its way. `members`: all that it has for the rule's channels; `waited`: how long it could wait.
  func travel(
    study members: [(candidate: ChannelCandidate, series: SettledSeries)], rule: Rule, waited: String?,
    inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool, isLastAttempt: Bool = true,
    source: ArchiveSource? = nil
  ) throws(AgentError) -> JourneyEnd {
    let context = try context(inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt, source: source)
    let state = suspects.state(ofStudy: members.first?.candidate.key, members.flatMap { $0.series.files })
    let journey = StudyJourney(
      context: context, rule: rule, members: members, waited: waited,
      verdict: suspects.verdict(on: state, doing: "processing the study"))
    let end = try suspects.hand.holding(state) { () throws(AgentError) in try journey.travel() }
    if end.isThrough {
      do throws(AuditError) { try suspects.acquit(state) } catch { throw AgentError("\(error)") }
    }
    try complete([end], firstFile: members.first?.series.files.first?.path)
    return end
  }

  /// Takes series that came together and whole on their way. `found`: the files of each series by its key.
  func travel(
    together found: [String: [String]], inbox: @escaping @Sendable (String) -> String?, isLastAttempt: Bool = true,
    source: ArchiveSource? = nil, settled: (String, [FileStamp]) -> SettledSeries
  ) throws(AgentError) -> [JourneyEnd] {
    let together = SeriesTogether(
      isCancelled: isCancelled,
      glance: { files, key throws(AgentError) in try self.glance(at: files, of: key, inbox: inbox) },
      rule: { self.ruleInForce($0) },
      alone: { series throws(AgentError) in
        try self.travel(series, inbox: inbox, endsHolding: true, isLastAttempt: isLastAttempt, source: source)
      },
      study: { members, rule throws(AgentError) in
        try self.travel(
          study: members, rule: rule, waited: nil, inbox: inbox, endsHolding: true, isLastAttempt: isLastAttempt,
          source: source)
      })
    return try together.travel(found, settled: settled)
  }
}
