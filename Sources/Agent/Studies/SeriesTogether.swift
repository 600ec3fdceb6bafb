internal import Foundation
internal import Intake

/// Series that came together and whole (named by a person, or out of one archive): those that are channels of a study go with the others of
/// it, each other one by itself. Of an archive, a study that it does not hold all of may wait for the rest.
struct SeriesTogether {
  /// A series of a study, and which channel of it.
  typealias Member = (candidate: ChannelCandidate, series: SettledSeries)

  let isCancelled: @Sendable () -> Bool
  /// What the headers of files say, which are a series' of that key.
  let glance: (_ files: [String], _ key: String) throws(AgentError) -> SeriesGlance
  /// The rule of that name.
  let rule: (String) -> Rule?
  /// Takes a series on its way.
  let alone: (SettledSeries) throws(AgentError) -> [JourneyEnd]
  /// Takes a study on its way.
  let study: ([Member], Rule) throws(AgentError) -> JourneyEnd
  /// Whether a study of which a channel is missing waits for it.
  var gathersMore = false

  /// `found`: the files of each series by its key. `settled`: the series that they are.
  func travel(
    _ found: [String: [String]], settled: (String, [FileStamp]) -> SettledSeries
  ) throws(AgentError) -> [JourneyEnd] {
    var ends: [JourneyEnd] = []
    var studies = StudyTable()
    var members: [String: SettledSeries] = [:]
    for (key, files) in found.sorted(by: { $0.key < $1.key }) {
      guard !isCancelled() else { return ends + [.interrupted] }
      let series = settled(key, files.compactMap { try? FileStamp.current($0) })
      let glance = try glance(files, key)
      studies.note(key, as: glance.candidates, at: .zero)
      members[key] = series
      guard glance.hasOthers else { continue }
      ends += try alone(series).filter { if case .gathered = $0 { glance.candidates.isEmpty } else { true } }
    }
    var awaiting: [ChannelCandidate] = []
    for key in studies.offerAll() {
      guard !isCancelled() else { return ends + [.interrupted] }
      guard let rule = rule(key.rule) else { continue }
      let candidates = studies.candidates(of: key)
      if gathersMore, Set(candidates.map { $0.channel }).count < rule.channels.count {
        awaiting += candidates
        continue
      }
      let own = candidates.compactMap { candidate in
        members[candidate.series].map { (candidate: candidate, series: $0) }
      }
      ends.append(try study(own, rule))
    }
    return awaiting.isEmpty ? ends : ends + [.awaiting(awaiting)]
  }
}
