import Foundation
import TestSupport
import Testing

@Suite("Torture: hostile drops under kills", .serialized)
struct KillTortureTests {
  /// Kills in an ordinary run of the tests.
  static let sample = 8
  /// So many kills to one series.
  static let killsPerSeries = 3
  /// What the documentation promises after SIGTERM.
  static let limit = Duration.seconds(10)

  /// How the agents of a run ended.
  private struct Count {
    var kills = 0
    var terms = 0
    var faults = 0
    var storms = 0
    var longestTerm = Duration.zero
  }

  @Test("series dropped are sealed runs, none twice, no orphan file, chain intact, outputs as undisturbed")
  func hostile() async throws {
    let kills = max(Self.sample, Torture.scale)
    let count = max(HostileDropper.Way.allCases.count, kills / Self.killsPerSeries)
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    let (inbox, staging) = (place.inbox, place.staging)
    let dropping = Task.detached {
      var dropper = HostileDropper(inbox: inbox, staging: staging, seed: Torture.seed)
      for number in 1...count {
        try await dropper.drop(number, HostileDropper.Way.allCases[number % HostileDropper.Way.allCases.count])
      }
    }
    var (random, counts) = (SplitMix64(seed: Torture.seed ^ 1), Count())
    while counts.kills < kills { try await disturb(place, &random, &counts) }
    try await dropping.value

    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log); \(Torture.again)")
    let undisturbed = try await self.undisturbed(count)
    try await place.expectSame(as: undisturbed, Torture.again)
    #expect(place.runCount == count, "\(count) were dropped; \(Torture.again)")
    let again = try await place.finish()
    #expect(again.log.contains("nothing new") && !again.log.contains("converted in"), "\(again.log); \(Torture.again)")
    print(
      "torture: \(count) series, \(counts.kills) kills, \(counts.faults) failed calls, \(counts.storms) queue overflows, "
        + "\(counts.terms) SIGTERMs, the slowest taken after \(counts.longestTerm); seed \(Torture.seed)")
  }

  /// The same series, dropped whole before the agent starts.
  private func undisturbed(_ count: Int) async throws -> Workplace {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    for number in 1...count {
      try SyntheticSeries(description: "tiny \(number)", seed: UInt64(number))
        .write(to: place.inbox.appending(path: "series \(number)"))
    }
    #expect(try await place.finish().status == 0)
    return place
  }

  /// Starts an agent and puts an end to it: at a random moment, at a random call, by a failing disk, or politely.
  private func disturb(_ place: Workplace, _ random: inout SplitMix64, _ counts: inout Count) async throws {
    let dice = random.next() % 10
    var faults: Faults?
    if dice < 4 {
      let deed: Faults.Deed = [.kill, .killed].randomElement(using: &random) ?? .kill
      faults = .at(Int.random(in: 1...400, using: &random), deed, below: place.output)
    } else if dice == 4 {
      let deed: Faults.Deed = [.full, .broken].randomElement(using: &random) ?? .full
      faults = .at(Int.random(in: 1...400, using: &random), deed, below: place.output)
    }
    let agent = try place.start(place.watching(settle: "300ms"), faults)
    let moment = Duration.milliseconds(Int.random(in: 5...(faults == nil ? 1500 : 4000), using: &random))
    let deadline = ContinuousClock.now + moment
    if dice == 5 { try await overflow(place, agent, &counts) }
    _ = try await agent.waits { ContinuousClock.now >= deadline }
    let start = ContinuousClock.now
    agent.send(dice == 6 ? SIGTERM : SIGKILL)
    let end = try await agent.ended()
    try place.expectNoHalfFolder(also: ["report.html", "segmentation.dcm"])
    switch (end.signal, end.status) {
    case (SIGKILL, _): counts.kills += 1
    case (_, 69): counts.faults += 1
    case (_, 0) where dice == 6:
      counts.terms += 1
      counts.longestTerm = max(counts.longestTerm, ContinuousClock.now - start)
      #expect(ContinuousClock.now - start < Self.limit, "\(end.log); \(Torture.again)")
    // A signal that comes before anybody listens to it.
    case (SIGTERM, _) where dice == 6: counts.terms += 1
    default: Issue.record("signal \(end.signal ?? 0), status \(end.status ?? -1): \(end.log); \(Torture.again)")
    }
  }

  /// More events than the queue holds, while nobody takes any out: the agent is stopped, the files are made, it goes on.
  private func overflow(_ place: Workplace, _ agent: Vigil, _ counts: inout Count) async throws {
    guard try await agent.waits(until: { place.isHeld(by: agent) }) else { return }
    let limit = (try? String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)) ?? ""
    let events = Int(limit.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 16384
    agent.send(SIGSTOP)
    let flood = place.inbox.appending(path: "flood.txt")
    // Each round is two events or more; equal ones that follow one another would count once.
    for _ in 0...(events / 2) {
      close(creat(flood.path, 0o600))
      unlink(flood.path)
    }
    agent.send(SIGCONT)
    counts.storms += 1
  }
}
