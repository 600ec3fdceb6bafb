internal import Audit
internal import Digests
internal import Foundation
internal import Intake
internal import Synchronization

/// What is dealt with once: a restart finds everything in the inboxes again, and most of it is done.
extension Site {
  /// Takes a parcel on its way, unless it is known, in this state and under these rules and models, what comes of it, or the agent
  /// has died over it too often.
  func processOnce(
    _ parcel: SettledParcel, now: Duration, _ work: () throws(AgentError) -> [JourneyEnd]
  ) throws(AgentError) -> [JourneyEnd] {
    guard let files = parcel.group?.files else { return try work() }
    let state = suspects.state(of: parcel.parcel, files)
    let basis = try basis()
    do throws(AuditError) {
      // A mask leaves no run of its own: whether it was compared is asked of the runs that it belongs to.
      if !parcel.parcel.isMask, let runs = try audit.runs(of: state, basis: basis) {
        return runs.map { .alreadySealed($0) }
      }
    } catch {
      throw AgentError("\(error)")
    }
    if let why = suspects.verdict(on: state, doing: "processing it") {
      return [try refuse(parcel, files, because: why, now: now)]
    }
    let ends = try suspects.hand.holding(state) { () throws(AgentError) in try work() }
    try remember(state, basis, ends, isMask: parcel.parcel.isMask)
    return ends
  }

  /// Takes a study on its way, unless it is known, with these files and under these rules and models, what comes of it.
  func travelOnce(
    study parts: [StudyPart], rule: Rule, waited: String?, inbox: @escaping @Sendable (String) -> String?,
    endsHolding: Bool, isLastAttempt: Bool
  ) throws(AgentError) -> [JourneyEnd] {
    let state = suspects.state(ofStudy: parts.first?.candidate.key, parts.flatMap { $0.files })
    let basis = try basis()
    do throws(AuditError) {
      if let run = try audit.runs(of: state, basis: basis)?.first { return [.alreadySealed(run)] }
    } catch {
      throw AgentError("\(error)")
    }
    // Before anything is unpacked and read to be refused.
    if !parts.archives.isEmpty, let why = suspects.verdict(on: state, doing: "processing the study") {
      return [try refuse(parts, because: why, rule)]
    }
    let ends = try suspects.hand.holding(state) { () throws(AgentError) in
      try unpacked(parts.archives[...], isLastAttempt: isLastAttempt) { sources throws(AgentError) in
        guard let members = parts.members(in: sources, aliases) else {
          return [.changed(parts.archives.map { $0.path })]
        }
        return [
          try travel(
            study: members, state: state, rule: rule, waited: waited,
            inbox: { path in inbox(sources.lazy.compactMap { $0.place(of: path) }.first ?? path) },
            endsHolding: endsHolding, isLastAttempt: isLastAttempt, sources: sources)
        ]
      }
    }
    try remember(state, basis, ends, isMask: false)
    return ends
  }

  private func remember(
    _ state: ParcelState, _ basis: SHA256Digest, _ ends: [JourneyEnd], isMask: Bool
  ) throws(AgentError) {
    let runs = ends.compactMap { $0.sealedRun }
    do throws(AuditError) {
      if !isMask, !runs.isEmpty, runs.count == ends.count { try audit.remember(state, basis: basis, runs: runs) }
      if ends.allSatisfy({ $0.isThrough }) { try suspects.acquit(state) }
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// What decides, beside its files, what comes of a parcel.
  private func basis() throws(AgentError) -> SHA256Digest {
    try rulesInForce()
    return SHA256Digest(of: Version.software + "\n" + rulesStamp.withLock { $0 }.text)
  }

  private func refuse(
    _ parts: [StudyPart], because why: String, _ rule: Rule
  ) throws(AgentError) -> JourneyEnd {
    let files = Set(parts.flatMap { $0.files }).sorted { $0.path < $1.path }
    let error = JourneyError(.converted, .refused, why, files: files.map { ($0.path, why) }, rule: rule.name)
    let key = SeriesKey.recorded(parts.first?.candidate.series ?? "", aliases)
    return try refuse(error, Unprocessed(seriesKey: key, inputs: Self.inputs(files)), StageLog { _ in })
  }

  private static func inputs(_ files: [FileStamp]) -> [InputFile] {
    files.compactMap { file in
      (try? SHA256Digest(ofFile: URL(filePath: file.path))).map {
        InputFile(path: file.path, bytes: file.size, sha256: $0)
      }
    }
  }

  private func refuse(
    _ parcel: SettledParcel, _ files: [FileStamp], because why: String, now: Duration
  ) throws(AgentError) -> JourneyEnd {
    var key = aliases.folderAlias(of: parcel.parcel.key.text)
    if case .series(let uid) = parcel.parcel { key = SeriesKey.recorded(uid, aliases) }
    let log = StageLog { _ in }
    if let group = parcel.group {
      let series = SettledSeries(group, key: key, now: now, aliases: aliases)
      log.append(series.noticed)
      log.append(series.settled)
    }
    let error = JourneyError(.converted, .refused, why, files: files.map { ($0.path, why) })
    return try refuse(error, Unprocessed(seriesKey: key, inputs: Self.inputs(files)), log)
  }
}

extension JourneyEnd {
  /// The run that was sealed; nil where none was.
  var newRun: RunID? {
    switch self {
    case .sealed(let run, _, _), .givenUp(let run, _): run
    case .alreadySealed, .held, .changed, .gathered, .awaiting, .dispatched, .postponed, .interrupted: nil
    }
  }

  /// The same end, as one that the next start is to look at again.
  var notForGood: JourneyEnd {
    switch self {
    case .sealed(let run, _, let message): .givenUp(run, message: message ?? "")
    case .alreadySealed(let run): .givenUp(run, message: "as before")
    case .held, .changed, .gathered, .awaiting, .dispatched, .postponed, .givenUp, .interrupted: self
    }
  }

  /// The run that it ended in, now or before; nil where nothing is on record, or not for good.
  fileprivate var sealedRun: RunID? {
    switch self {
    case .sealed(let run, _, _), .alreadySealed(let run): run
    case .held, .changed, .gathered, .awaiting, .dispatched, .postponed, .givenUp, .interrupted: nil
    }
  }

  /// Whether what was begun has been got through: neither broken off nor left to a study.
  var isThrough: Bool {
    switch self {
    case .gathered, .interrupted: false
    case .sealed, .givenUp, .alreadySealed, .held, .changed, .awaiting, .dispatched, .postponed: true
    }
  }
}

extension FolderStamp {
  /// One text for each state.
  fileprivate var text: String { lines.sorted().joined(separator: "\n") }
}
