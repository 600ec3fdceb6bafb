import Agent
import Foundation
import TestSupport
import Testing

@Suite("kill -9", .serialized)
struct KillTests {
  /// When the agent is killed.
  enum Moment: Sendable, CustomStringConvertible {
    /// So long after its log said that a stage had ended.
    case after(Stage, Duration)
    /// So long after its start.
    case at(Duration)

    var description: String {
      switch self {
      case .after(let stage, let delay): "\(delay) after \(stage.rawValue)"
      case .at(let delay): "\(delay) after the start"
      }
    }
  }

  /// Kills that must have hit a working agent.
  static let kills = 24

  @Test("at every stage and at random moments: after a restart each series has one sealed run and a whole folder")
  func killed() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    let also = ["report.html", "segmentation.dcm"]
    var random = SplitMix64(seed: .random(in: 0...UInt64.max))
    var series = 0
    var hits: [String] = []
    for round in 0..<4 * Self.kills where hits.count < Self.kills {
      if series < place.runCount + 2 {
        series += 1
        let files = try SyntheticSeries(description: "tiny \(series)", seed: UInt64(series))
          .write(to: place.staging.appending(path: "\(series)"))
        var dropped = try #require(files.first).deletingLastPathComponent()
        if series % 3 == 0 {
          let archive = place.staging.appending(path: "\(series).tgz")
          #expect(try await Vigil.run(program: "/bin/tar", ["-czf", archive.path, "-C", dropped.path, "."]) == 0)
          dropped = archive
        }
        try FileManager.default.moveItem(at: dropped, to: place.inbox.appending(path: dropped.lastPathComponent))
      }
      let moment = moment(round, &random)
      if try await kill(place, moment) { hits.append("\(moment)") }
      try place.expectNoHalfFolder(also: also)
    }
    #expect(hits.count == Self.kills, "\(hits)")

    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    let runs = try place.runs()
    #expect(runs.count == series && runs.allSatisfy { $0["outcome"] == "segmented" }, "\(hits)")
    #expect(Set(runs.map { $0["series_uid"] }).count == series)
    #expect(try place.ask("SELECT run_id FROM stages GROUP BY run_id HAVING count(*) <> 9").isEmpty)
    try await place.expectWhole(also: also)
    let again = try await place.finish()
    #expect(again.log.contains("nothing new") && place.runCount == series)
  }

  /// Every stage in turn, then a random moment.
  private func moment(_ round: Int, _ random: inout SplitMix64) -> Moment {
    let stages = Stage.allCases
    guard round % 3 != 2 else { return .at(.milliseconds(Int.random(in: 5...1500, using: &random))) }
    let stage = stages[(round - round / 3) % stages.count]
    return .after(stage, .microseconds(Int.random(in: 0...15_000, using: &random)))
  }

  /// Starts the agent and kills it at that moment; false when it ended before.
  private func kill(_ place: Workplace, _ moment: Moment) async throws -> Bool {
    let agent = try place.start(place.watching(settle: "200ms", "--until-idle"))
    switch moment {
    case .at(let delay):
      let end = ContinuousClock.now + delay
      _ = try await agent.waits { ContinuousClock.now >= end }
    case .after(let stage, let delay):
      guard try await agent.waits(until: { agent.log.contains("\(stage.rawValue) in ") }) else { return false }
      let end = ContinuousClock.now + delay
      _ = try await agent.waits { ContinuousClock.now >= end }
    }
    agent.send(SIGKILL)
    return try await agent.ended().signal == SIGKILL
  }
}
