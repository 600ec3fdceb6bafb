internal import Audit
internal import Foundation
internal import Intake
internal import Logging

/// What has settled finds its place: in the line by the priority of the rules that may take it, or in its study.
extension WatchLoop {
  /// Takes what has settled. It takes the place of what was held, queued or gathered of it before.
  mutating func arrive(_ settled: [WaitingParcel]) async throws {
    sweep()
    for waiting in settled {
      held.removeAll { $0.work.key == waiting.parcel.key }
      unfinished[waiting.parcel] = nil
      if waiting.parcel.isArchive {
        for (series, other) in channels where other.parcel == waiting.parcel { note(series, [], nil) }
      }
      dispatched.forget([waiting.parcel.key])
      let isSuspect = isSuspect(waiting)
      guard case .series(let series) = waiting.parcel, !isSuspect else {
        let priority = isSuspect ? Work.priorityOfSuspects : waiting.parcel.isMask ? Work.priorityOfMasks : 0
        line.put(.parcel(waiting), for: waiting.parcel.key, priority: priority)
        continue
      }
      guard let glance = try await glance(at: waiting, series) else { continue }
      note(series, glance.candidates, waiting)
      if glance.hasOthers {
        line.put(.parcel(waiting), for: waiting.parcel.key, priority: glance.priority)
      } else {
        line.remove(waiting.parcel.key)
      }
    }
  }

  /// Whether an agent has died over it: then it comes last, and not even its headers are read before.
  private mutating func isSuspect(_ waiting: WaitingParcel) -> Bool {
    guard !site.suspects.isEmpty, let parcel = observer.redeem(waiting) else { return false }
    return site.suspects.contains(site.suspects.state(of: waiting.parcel, parcel.group?.files ?? []))
  }

  /// The headers' answer; nil where the series is not what settled any more, and settles anew or is gone.
  private mutating func glance(at waiting: WaitingParcel, _ series: String) async throws -> SeriesGlance? {
    guard site.asksForHeaders else { return SeriesGlance() }
    guard let files = observer.redeem(waiting)?.group?.files else { return nil }
    let (site, inbox) = (site, inboxOfPath)
    let state = site.suspects.state(of: waiting.parcel, files)
    let glance = try await onOwnThread(named: "vigil-glance") {
      Result { () throws(AgentError) in
        try site.suspects.hand.holding(state) { () throws(AgentError) in
          try site.glance(at: files.map { $0.path }, of: series, inbox: inbox)
        }
      }
    }
    return try glance.get()
  }

  /// Notes what a series is to studies by now; what waits of those begins anew.
  private mutating func note(_ series: String, _ candidates: [ChannelCandidate], _ waiting: WaitingParcel?) {
    let touched = studies.note(series, as: candidates, at: observer.now)
    channels[series] = candidates.isEmpty ? nil : waiting
    let keys = Set(touched.map { Work.study($0).key })
    held.removeAll { keys.contains($0.work.key) }
    dispatched.forget(keys)
    for key in keys { line.remove(key) }
  }

  /// Forgets the series of studies, and the unfinished work, whose files have gone, before their number has doubled again.
  private mutating func sweep() {
    guard channels.count + unfinished.count > nextSweep else { return }
    for (series, waiting) in channels where observer.isGone(waiting) { note(series, [], nil) }
    for (parcel, waiting) in unfinished where observer.isGone(waiting) { unfinished[parcel] = nil }
    nextSweep = 2 * (channels.count + unfinished.count) + 64
  }

  /// Puts the studies whose turn has come into the line.
  mutating func offerStudies() {
    guard studies.isWaiting else { return }
    let (site, arriving, hold) = (site, observer.arrivingStudies, configuration.hold)
    let ready = studies.offer(
      at: observer.now, wait: { site.ruleInForce($0).map { $0.wait ?? hold } ?? .zero },
      channels: { site.ruleInForce($0)?.channels.count ?? 0 },
      hasUnopened: line.contains { $0.parcel?.parcel.isArchive == true }, isArriving: { arriving.contains($0) })
    for key in ready {
      let work = Work.study(key)
      let priority = isSuspect(key) ? Work.priorityOfSuspects : site.ruleInForce(key.rule)?.priority ?? 0
      line.put(work, for: work.key, priority: priority)
    }
  }

  /// Every study that waits for something still, those that an agent has died over last.
  mutating func offerAllStudies() -> [StudyKey] {
    let keys = studies.offerAll()
    return keys.filter { !isSuspect($0) } + keys.filter { isSuspect($0) }
  }

  /// Whether an agent has died over the study as it is now.
  private mutating func isSuspect(_ key: StudyKey) -> Bool {
    guard !site.suspects.isEmpty else { return false }
    let files = studies.candidates(of: key).flatMap { candidate in
      channels[candidate.series].flatMap { observer.redeem($0) }?.group?.files ?? []
    }
    return site.suspects.contains(site.suspects.state(ofStudy: key, files))
  }

  /// Takes a study on its way; nil where there is nothing to be done now.
  mutating func travel(_ key: StudyKey, endsHolding: Bool, isLastAttempt: Bool) async throws -> [JourneyEnd]? {
    guard let rule = site.ruleInForce(key.rule), rule.isStudy else {
      let series = Set(studies.candidates(of: key).map { $0.series })
      try await arrive(series.compactMap { channels[$0] })
      return nil
    }
    var parts: [StudyPart] = []
    for candidate in studies.candidates(of: key) {
      guard let parcel = channels[candidate.series].flatMap({ observer.redeem($0) }), let group = parcel.group else {
        // Gone, or settling anew: the study waits for it again.
        note(candidate.series, [], nil)
        return nil
      }
      let series = SettledSeries(group, key: candidate.series, now: observer.now, aliases: site.aliases)
      let isPacked = parcel.parcel.isArchive
      parts.append(StudyPart(candidate: candidate, files: group.files, series: isPacked ? nil : series))
    }
    guard !parts.isEmpty else { return nil }
    let (site, inbox, there) = (site, inboxOfPath, parts)
    let waited = configuration.untilIdle ? nil : (rule.wait ?? configuration.hold).words
    let ends = try await onOwnThread(named: "vigil-journey") {
      Result { () throws(AgentError) in
        try site.travelOnce(
          study: there, rule: rule, waited: waited, inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt
        )
      }
    }
    return try ends.get()
  }

  /// Series out of an archive are channels of studies that it does not hold all of.
  mutating func gather(_ candidates: [ChannelCandidate], outOf work: Work) {
    guard let waiting = work.parcel else { return }
    for (series, own) in Dictionary(grouping: candidates, by: { $0.series }) {
      // What lies there unpacked stays the channel: it is not noted again when the archive goes.
      if let loose = channels[series], !loose.parcel.isArchive, observer.redeem(loose) != nil { continue }
      note(series, own, waiting)
    }
    logger.notice(
      "an archive holds a part of a study; it waits for the rest", metadata: ["channels": "\(candidates.count)"])
  }

  /// A series that was to go its own way turned out to be a channel of a study, because the rules have changed meanwhile.
  mutating func gather(_ work: Work) async throws {
    guard let waiting = work.parcel, case .series(let series) = waiting.parcel, !studies.holds(series) else { return }
    guard let glance = try await glance(at: waiting, series) else { return }
    note(series, glance.candidates, waiting)
    if let files = observer.redeem(waiting)?.group?.files {
      try site.suspects.acquit(site.suspects.state(of: waiting.parcel, files))
    }
    guard glance.candidates.isEmpty else { return }
    unfinished[waiting.parcel] = waiting
    logger.error("a channel of a study whose headers do not say so; it waits for other rules")
  }
}
