import Foundation
import TestSupport
import Testing

@Suite("Limits")
struct LimitTests {
  @Test(
    "a scan over the time limit fails with its reason and does not hold up the next; it is not tried again and again")
  func timeLimit() async throws {
    let place = try Workplace()
    // All mirrors of many windows: seconds of work.
    try place.write(rule: "slow", "match: {SeriesDescription: /slow/}\nmirroring: true\nstep-size: 0.3\npriority: 9")
    try SyntheticSeries(description: "slow", seed: 1, slices: 64, side: 64).write(to: place.inbox.appending(path: "a"))
    try SyntheticSeries(description: "tiny", seed: 2).write(to: place.inbox.appending(path: "b"))
    let arguments = place.watching(settle: "300ms", "--until-idle", "--time-limit", "700ms")
    let end = try await place.start(arguments).ended()
    #expect(end.status == 1, "\(end.log)")
    #expect(try Set(place.runs().map { $0["outcome"] }) == ["failed", "segmented"], "\(end.log)")
    let failed = try #require(try place.runs().first { $0["outcome"] == "failed" })
    #expect(failed["error_stage"] == "inferred" && failed["error"]?.contains("time limit") == true, "\(failed)")
    try await place.expectWhole()
    let again = try await place.start(arguments).ended()
    #expect(again.log.contains("nothing new") && place.runCount == 2, "\(again.log)")
  }

  @Test("a scan that is moved while the network runs is done where it lies then; no failure of it goes on record")
  func moved() async throws {
    let place = try Workplace()
    try place.write(
      rule: "slow",
      "match: {SeriesDescription: /slow/}\nmirroring: true\noutputs: [nifti, dicom-seg]")
    let made = place.folder.url.appending(path: "made")
    try SyntheticSeries(description: "slow", seed: 1, slices: 48, side: 64).write(to: made)
    try FileManager.default.moveItem(at: made, to: place.inbox.appending(path: "a"))
    let agent = try place.start(place.watching(settle: "300ms", "--verbose"))
    #expect(try await agent.waits { agent.log.contains("preprocessed in") }, "\(agent.log)")
    try FileManager.default.moveItem(at: place.inbox.appending(path: "a"), to: place.inbox.appending(path: "b"))
    #expect(try await agent.waits { place.runCount > 0 }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(agent.log.contains("files changed after they had settled"), "\(agent.log)")
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"], "\(agent.log)")
    try await place.expectWhole(also: ["segmentation.dcm"])
  }

  @Test("below the room that is to stay free nothing is begun, and it is said; with room again all is done")
  func keepFree() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    let full = try await place.start(place.watching(settle: "300ms", "--until-idle", "--keep-free", "999999T")).ended()
    #expect(full.status == 69 && full.log.contains("are to stay free; make room"), "\(full.log)")
    #expect(place.runCount == 0)
    let waiting = try place.start(place.watching(settle: "300ms", "--keep-free", "999999T"))
    #expect(try await waiting.waits { waiting.log.contains("intake paused") })
    waiting.send(SIGTERM)
    #expect(try await waiting.ended().status == 0)
    #expect(try place.ask("SELECT 1 FROM events WHERE kind = 'intake-paused'").count == 2)
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole()
  }

  @Test("a scan for which the memory does not suffice now is put off, others go on; refused when there is no later")
  func memory() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    let agent = try place.start(place.watching(settle: "300ms", "--memory", "100K"))
    #expect(try await agent.waits { agent.log.contains("put off") })
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await agent.waits { place.runCount == 1 }, "the scout is not held up")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["unmatched"])
    #expect(try place.ask("SELECT detail FROM events WHERE kind = 'put-off'").first?["detail"]?.contains("MiB") == true)

    let last = try await place.start(place.watching(settle: "300ms", "--memory", "100K", "--until-idle")).ended()
    #expect(last.status == 1 && place.runCount == 2, "\(last.log)")
    #expect(try place.runs().contains { $0["outcome"] == "refused" && $0["error_stage"] == "inferred" })
    try await place.expectWhole()
  }
}
