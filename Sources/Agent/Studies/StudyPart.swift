internal import Audit
internal import Foundation
internal import Intake

/// What a study has for one channel: a series that lies in an inbox, or an archive that holds it.
struct StudyPart: Sendable {
  let candidate: ChannelCandidate
  /// What lies in the inbox: the files of the series, or the archive.
  let files: [FileStamp]
  /// nil: it is packed.
  let series: SettledSeries?
}

extension [StudyPart] {
  /// The archives, each once.
  var archives: [FileStamp] { Set(filter { $0.series == nil }.flatMap { $0.files }).sorted { $0.path < $1.path } }

  /// Each with its series, those that were packed out of `sources`; nil where one does not lie there any more.
  func members(
    in sources: [ArchiveSource], _ aliases: PathAliases
  ) -> [(candidate: ChannelCandidate, series: SettledSeries)]? {
    let unpacked = sources.map { (source: $0, found: SeriesSearch.series(in: [$0.unpacked])) }
    var members: [(candidate: ChannelCandidate, series: SettledSeries)] = []
    for part in self {
      let key = part.candidate.series
      if let series = part.series {
        members.append((part.candidate, series))
        continue
      }
      guard let (source, found) = unpacked.first(where: { $0.source.archive.path == part.files.first?.path }),
        let files = found[key]
      else { return nil }
      let stamps = files.compactMap { try? FileStamp.current($0) }
      members.append((part.candidate, SettledSeries(of: stamps, in: source, key: key, aliases: aliases)))
    }
    return members
  }
}
