internal import Audit
internal import Foundation
internal import Intake
internal import Synchronization

extension Site {
  /// The rule of that name among those in force; nil where there is none any more.
  func ruleInForce(_ name: String) -> Rule? { rules.withLock { $0 }.only(onlyRule).rules.first { $0.name == name } }

  /// Takes a study on its way. `members`: all that it has for the rule's channels; `waited`: how long it could wait; `state`: what it is
  /// suspected as; nil: the archive that holds all of it is in hand already.
  func travel(
    study members: [(candidate: ChannelCandidate, series: SettledSeries)], state: ParcelState?, rule: Rule,
    waited: String?, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool, isLastAttempt: Bool = true,
    sources: [ArchiveSource] = []
  ) throws(AgentError) -> JourneyEnd {
    let context = try context(inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt, sources: sources)
    let verdict = state.flatMap { suspects.verdict(on: $0, doing: "processing the study") }
    let journey = StudyJourney(context: context, rule: rule, members: members, waited: waited, verdict: verdict)
    let end: JourneyEnd
    if let state {
      end = try suspects.hand.holding(state) { () throws(AgentError) in try journey.travel() }
    } else {
      end = try journey.travel()
    }
    if let state, end.isThrough {
      do throws(AuditError) { try suspects.acquit(state) } catch { throw AgentError("\(error)") }
    }
    try complete([end], firstFile: members.first?.series.files.first?.path)
    return end
  }

  /// Takes series that came together and whole on their way. `found`: the files of each series by its key; `gathersMore`: a study of
  /// which a channel is missing waits for it.
  func travel(
    together found: [String: [String]], inbox: @escaping @Sendable (String) -> String?, isLastAttempt: Bool = true,
    sources: [ArchiveSource] = [], gathersMore: Bool = false, settled: (String, [FileStamp]) -> SettledSeries
  ) throws(AgentError) -> [JourneyEnd] {
    let together = SeriesTogether(
      isCancelled: isCancelled,
      glance: { files, key throws(AgentError) in try self.glance(at: files, of: key, inbox: inbox) },
      rule: { self.ruleInForce($0) },
      alone: { series throws(AgentError) in
        try self.travel(series, inbox: inbox, endsHolding: true, isLastAttempt: isLastAttempt, sources: sources)
      },
      study: { members, rule throws(AgentError) in
        let state =
          sources.isEmpty
          ? self.suspects.state(ofStudy: members.first?.candidate.key, members.flatMap { $0.series.files }) : nil
        return try self.travel(
          study: members, state: state, rule: rule, waited: nil, inbox: inbox, endsHolding: true,
          isLastAttempt: isLastAttempt, sources: sources)
      }, gathersMore: gathersMore)
    return try together.travel(found, settled: settled)
  }
}
