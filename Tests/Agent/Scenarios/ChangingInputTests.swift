import Foundation
import TestSupport
import Testing

@Suite("Input that changes after it settled")
struct ChangingInputTests {
  @Test("what is being written again when its turn comes is not read; it is done once, when it has settled anew")
  func rewritten() async throws {
    let place = try Workplace()
    // All mirrors of many windows: seconds in which the other series settles and waits.
    try place.write(rule: "slow", "match: {SeriesDescription: /slow/}\nmirroring: true\nstep-size: 0.3\npriority: 9")
    try SyntheticSeries(description: "slow", seed: 1, slices: 64, side: 64)
      .write(to: place.inbox.appending(path: "slow"))
    let agent = try place.start(place.watching(settle: "500ms"))
    #expect(try await agent.waits { agent.log.contains("preprocessed in") })
    let files = try SyntheticSeries(description: "tiny", seed: 2).write(to: place.inbox.appending(path: "tiny"))
    try await Task.sleep(for: .milliseconds(100))
    let whole = try Data(contentsOf: files[5])
    #expect(try await agent.waits { agent.log.contains("inferred in") })
    try whole.prefix(whole.count / 2).write(to: files[5])
    #expect(try await agent.waits { place.runCount == 1 })
    try await Task.sleep(for: .milliseconds(200))
    try whole.write(to: files[5])
    #expect(try await agent.waits { place.runCount >= 2 })
    agent.send(SIGTERM)
    _ = try await agent.ended()
    #expect(try place.runs().map { $0["outcome"] } == ["segmented", "segmented"], "\(agent.log)")
    try await place.expectWhole()
  }
}
