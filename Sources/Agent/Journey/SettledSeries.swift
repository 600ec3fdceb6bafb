internal import Audit
internal import Digests
internal import Foundation
internal import Intake

/// The files of one series, quiet and ready. Made from what Intake settled, or from a command line.
struct SettledSeries: Sendable {
  /// The files, sorted by path.
  let files: [FileStamp]
  /// The first stage: when the first file was seen.
  let noticed: StageRecord
  /// The second stage: how it is known that the series is whole.
  let settled: StageRecord

  /// What log lines call it: the digest that its output folder's name ends with, nothing of the patient.
  let name: String

  /// What Intake settled at `now` on the scale of its own clock; `key` is the series' name in the audit, or what stands for it.
  init(_ group: SettledGroup, key: String, now: Duration, aliases: PathAliases) {
    let age = { (moment: Duration) in Date(timeIntervalSinceNow: -(now - moment).inSeconds) }
    let evidence: Fact =
      switch group.evidence {
      case .quiet(let time): .object(["quiet_seconds": .number(time.inSeconds)])
      case .marker(let folder): .object(["marker_in": .text(aliases.folderAlias(of: folder))])
      case .whole(let why): .object(["announced": .text(why)])
      }
    self.init(
      files: group.files, key: key, firstSeen: age(group.firstSeen), settledAt: age(group.settledAt),
      evidence: evidence, generation: group.generation, aliases: aliases)
  }

  /// Files that a person named, now or at the moment of an earlier run that is made again.
  init(named files: [FileStamp], key: String, at moment: Date = Date(), aliases: PathAliases) {
    self.init(
      files: files, key: key, firstSeen: moment, settledAt: moment, evidence: "named on the command line",
      generation: 1, aliases: aliases)
  }

  /// Files that were unpacked from an archive.
  init(of files: [FileStamp], in source: ArchiveSource, key: String, aliases: PathAliases) {
    self.init(
      files: files, key: key, firstSeen: Date(), settledAt: Date(),
      evidence: .object([
        "archive": .text(aliases.alias(of: source.archive.path)),
        "archive_sha256": .text(source.archive.sha256.description),
      ]), generation: 1, aliases: aliases, place: source.place(of:))
  }

  private init(
    files: [FileStamp], key: String, firstSeen: Date, settledAt: Date, evidence: Fact, generation: Int,
    aliases: PathAliases, place: (String) -> String? = { $0 }
  ) {
    self.files = files.sorted { $0.path < $1.path }
    name = "series \(SHA256Digest(of: SeriesKey.recorded(key, aliases)).description.prefix(8)), \(files.count) files"
    noticed = StageRecord(
      stage: .noticed, startedAt: firstSeen, seconds: 0,
      facts: ["first_file": self.files.first.map { .text(aliases.alias(of: place($0.path) ?? $0.path)) } ?? .null])
    settled = StageRecord(
      stage: .settled, startedAt: firstSeen, seconds: max(0, settledAt.timeIntervalSince(firstSeen)),
      facts: [
        "files": .integer(files.count), "bytes": .integer(Int(files.reduce(0) { $0 + $1.size })),
        "evidence": evidence, "generation": .integer(generation),
      ])
  }
}
