import Foundation
import TestSupport
import Testing

@Suite("Shutdown")
struct ShutdownTests {
  /// What the documentation promises.
  static let limit = Duration.seconds(10)

  @Test(
    "SIGTERM and SIGINT end the agent soon, while a network runs; the next start does the work",
    arguments: [SIGTERM, SIGINT])
  func whileInferring(signal: Int32) async throws {
    let place = try Workplace()
    // All mirrors of many windows: seconds of work.
    try place.write(rule: "tiny", "match: {SeriesDescription: /tiny/}\nmirroring: true\nstep-size: 0.3")
    try SyntheticSeries(description: "tiny large", seed: 1, slices: 64, side: 64)
      .write(to: place.inbox.appending(path: "large"))
    let agent = try place.start(place.watching(settle: "300ms", "--until-idle"))
    #expect(try await agent.waits { agent.log.contains("preprocessed in") })
    let start = ContinuousClock.now
    agent.send(signal)
    let end = try await agent.ended()
    #expect(ContinuousClock.now - start < Self.limit)
    #expect(end.status == 0, "\(end.log)")
    #expect(!end.log.contains("written in"), "the test stopped it before it had written anything")
    #expect(place.runCount == 0)
    try await place.expectWhole()

    try place.write(rule: "tiny", "match: {SeriesDescription: /tiny/}\nmirroring: false")
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole()
  }

  @Test("SIGTERM ends an agent that has nothing to do; without an inbox it does not start and says so")
  func idle() async throws {
    let place = try Workplace()
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.isHeld(by: agent) }, "\(agent.log)")
    let start = ContinuousClock.now
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(ContinuousClock.now - start < Self.limit)

    try FileManager.default.removeItem(at: place.inbox)
    let refused = try await place.start(place.watching(settle: "300ms")).ended()
    #expect(refused.status == 69 && refused.log.contains("create it or make it readable"), "\(refused.log)")
  }

  @Test("SIGTERM ends the agent in time while a write hangs; no scan is blamed, nothing half-written stays")
  func whileTheDiskHangs() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    #expect(try await place.finish().status == 0)
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    // Some calls after the start, in the midst of the bundle's files.
    let agent = try place.start(
      place.watching(settle: "300ms"), .at(56, .stall, isSticky: true, below: place.output))
    func hasHalf() -> Bool { (try? place.hidden())?.contains { $0.contains("/.") && $0.contains(".partial") } == true }
    #expect(try await agent.waits { hasHalf() }, "\(agent.log)")
    let start = ContinuousClock.now
    agent.send(SIGTERM)
    let end = try await agent.ended()
    #expect(ContinuousClock.now - start < Self.limit)
    #expect(end.status == 0 && end.log.contains("given up"), "\(end.log)")
    #expect(place.runCount == 0)
    #expect(try place.hidden().isEmpty)
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    #expect(try place.ask("SELECT 1 FROM events WHERE kind = 'agent-died'").isEmpty)
    try await place.expectWhole(also: ["report.html", "segmentation.dcm"])
  }
}
