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

  /// What log lines call it: no identifier of a patient, only the last folder's name and the number of files.
  let name: String

  /// What Intake settled at `now` on the scale of its own clock.
  init(_ group: SettledGroup, now: Duration) {
    let age = { (moment: Duration) in Date(timeIntervalSinceNow: -(now - moment).inSeconds) }
    let evidence: Fact =
      switch group.evidence {
      case .quiet(let time): .object(["quiet_seconds": .number(time.inSeconds)])
      case .marker(let folder): .object(["marker_in": .text(folder)])
      }
    self.init(
      files: group.files, firstSeen: age(group.firstSeen), settledAt: age(group.settledAt), evidence: evidence,
      generation: group.generation)
  }

  /// Files that a person named.
  init(named files: [FileStamp]) {
    self.init(files: files, firstSeen: Date(), settledAt: Date(), evidence: "named on the command line", generation: 1)
  }

  private init(files: [FileStamp], firstSeen: Date, settledAt: Date, evidence: Fact, generation: Int) {
    self.files = files.sorted { $0.path < $1.path }
    let path = self.files.first?.path ?? ""
    name = "\(self.files.count) files, first \((path as NSString).lastPathComponent)"
    noticed = StageRecord(
      stage: .noticed, startedAt: firstSeen, seconds: 0, facts: ["first_file": .text(path)])
    settled = StageRecord(
      stage: .settled, startedAt: firstSeen, seconds: max(0, settledAt.timeIntervalSince(firstSeen)),
      facts: [
        "files": .integer(files.count), "bytes": .integer(Int(files.reduce(0) { $0 + $1.size })),
        "evidence": evidence, "generation": .integer(generation),
      ])
  }
}
