internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Intake
internal import Writers

/// A study on its way: its series, settled one by one, are converted and become one `Journey`.
struct StudyJourney {
  let context: JourneyContext
  let rule: Rule
  /// All that the study has for the rule's channels, each with its series as it settled.
  let members: [(candidate: ChannelCandidate, series: SettledSeries)]
  /// How long the study could wait; nil: it came whole.
  let waited: String?
  /// Why it is not tried any more, because the agent has died over it too often; nil where it is.
  let verdict: String?
  private let log: StageLog

  init(
    context: JourneyContext, rule: Rule, members: [(candidate: ChannelCandidate, series: SettledSeries)],
    waited: String?, verdict: String? = nil
  ) {
    (self.context, self.rule, self.members, self.waited) = (context, rule, members, waited)
    self.verdict = verdict
    let reporter = context.reporter
    let name = "study of \(members.count) series for \(rule.name)"
    log = StageLog { reporter.ended($0, of: name) }
  }

  /// One end.
  func travel() throws(AgentError) -> JourneyEnd {
    if let end = changed { return end }
    log.append(noticed)
    log.append(settled)
    var scans: StudyScans?
    do throws(JourneyError) {
      if let verdict { throw JourneyError(.converted, .refused, verdict, rule: rule.name) }
      let choice = try chosen()
      let study = try log.stage(.converted) { () throws(JourneyError) in try converted(choice) }
      scans = study
      if let end = changed { return end }
      return try Journey(context: context, scan: study.channels[0].scan, log: log, study: study).travel()
    } catch {
      if error.tellsOfInput, let end = changed { return end }
      return try context.seal(error, Unprocessed(self, scans), log: log)
    }
  }

  /// Files that are not what settled any more.
  private var changed: JourneyEnd? {
    let files = members.flatMap { $0.series.files.changedSince() }
    return files.isEmpty ? nil : .changed(files)
  }

  private var channels: [String] { rule.channels.map { $0.name } }

  private func chosen() throws(JourneyError) -> StudyChoice {
    do throws(StudyProblem) {
      return try StudyChoice(of: members.map { $0.candidate }, channels: channels, waited: waited)
    } catch {
      throw JourneyError(.matched, .refused, error.message, rule: rule.name)
    }
  }

  private func converted(_ choice: StudyChoice) throws(JourneyError) -> (StudyScans, Facts) {
    var scans: [StudyScans.Channel] = []
    var facts: [Fact] = []
    for (name, candidate) in zip(channels, choice.chosen) {
      let part = try part(candidate, name)
      facts.append(part.fact(context))
      switch part {
      case .success(let scan): scans.append(StudyScans.Channel(name: name, scan: scan))
      case .failure(let refusal):
        throw JourneyError(
          .converted, refusal.canPass ? .postponed : .refused, "channel \(name): \(refusal.message)",
          files: refusal.files, rule: rule.name)
      }
    }
    let study = StudyScans(
      rule: rule, channels: scans, passedOver: choice.passedOver.map { $0.words },
      files: Set(members.flatMap { $0.series.files.map { $0.path } }).sorted())
    return (study, ["scans": .list(facts), "channels": .texts(channels)])
  }

  /// The volume that the candidate is.
  private func part(
    _ candidate: ChannelCandidate, _ name: String
  ) throws(JourneyError) -> Result<Scan, RefusedSeries> {
    let files = members.first { $0.candidate == candidate }?.series.files ?? []
    let parts = SeriesConversion.convert(files.map { $0.path })
    for part in parts { if case .failure(let refusal) = part, refusal.canPass { return part } }
    let own = parts.first { part in
      if case .success(let scan) = part { scan.separatedBy == candidate.separatedBy } else { false }
    }
    guard let part = own ?? parts.first(where: { if case .failure = $0 { true } else { false } }) else {
      throw JourneyError(
        .converted, .refused,
        "channel \(name): series \(candidate.series) does not hold the volume that its headers told of",
        rule: rule.name)
    }
    return part
  }

  /// When the first file of any of the series was seen.
  private var noticed: StageRecord {
    let first = members.map { $0.series.noticed }.min { $0.startedAt < $1.startedAt }
    return StageRecord(
      stage: .noticed, startedAt: first?.startedAt ?? Date(), seconds: 0, facts: first?.facts ?? [:])
  }

  /// How each of the series settled.
  private var settled: StageRecord {
    let records = members.map { $0.series.settled }
    let start = records.map { $0.startedAt }.min() ?? Date()
    let end = records.map { $0.startedAt.addingTimeInterval($0.seconds) }.max() ?? start
    let each = members.map { member -> Fact in
      var facts = member.series.settled.facts
      facts["channel"] = .text(channels[member.candidate.channel])
      facts["series_uid"] = .text(SeriesKey.recorded(member.candidate.series, context.aliases))
      return .object(facts)
    }
    return StageRecord(
      stage: .settled, startedAt: start, seconds: max(0, end.timeIntervalSince(start)), facts: ["series": .list(each)])
  }
}

extension Unprocessed {
  /// A study that was not processed: named after the first of its channels that is there.
  fileprivate init(_ journey: StudyJourney, _ scans: StudyScans?) {
    let members = journey.members.sorted { $0.candidate.channel < $1.candidate.channel }
    let first = members.first?.candidate
    seriesKey = SeriesKey.recorded(first?.series ?? "", journey.context.aliases)
    studyInstanceUID = first?.key.study
    name = OutputName(
      studyDate: first?.title.studyDate ?? "", modality: first?.title.modality ?? "",
      seriesDescription: first?.title.description ?? "", seriesInstanceUID: seriesKey)
    var listed: Set<String> = []
    let files = members.flatMap { $0.series.files }.filter { listed.insert($0.path).inserted }
    inputs = files.compactMap { file in
      (try? SHA256Digest(ofFile: URL(filePath: file.path))).map {
        InputFile(path: file.path, bytes: file.size, sha256: $0)
      }
    }
    let digests = Set(inputs.map { $0.sha256.description }).sorted().joined(separator: "\n")
    inputDigest = scans?.inputDigest ?? SHA256Digest(of: "\(journey.rule.name)\n\(digests)")
    skipped = scans?.channels.flatMap { $0.scan.skipped.map { ($0.file.path, $0.reason) } } ?? []
  }
}
