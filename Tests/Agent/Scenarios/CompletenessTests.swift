import Foundation
import TestSupport
import Testing

@Suite("A series that says how many instances it has", .serialized)
struct AnnouncedSeriesTests {
  @Test("goes at once when all are there, whatever the settling time; with one file less it waits")
  func atOnce() async throws {
    let place = try Workplace()
    let agent = try place.start(place.watching(settle: "1h"))
    let more = SyntheticSeries(description: "tiny", seed: 2, announces: true)
    let files = try more.write(to: place.staging.appending(path: "more"))
    let last = place.staging.appending(path: "last.dcm")
    try FileManager.default.moveItem(at: files[15], to: last)
    try FileManager.default.moveItem(
      at: place.staging.appending(path: "more"), to: place.inbox.appending(path: "more"))
    try SyntheticSeries(description: "tiny", seed: 1, announces: true).write(to: place.inbox.appending(path: "whole"))
    #expect(try await agent.waits { place.runCount == 1 }, "\(agent.log)")
    #expect(
      try place.runs()[0]["series_uid"] == SyntheticSeries.uid(of: place.inbox.appending(path: "whole/IM0001.dcm")))
    let facts = try place.ask("SELECT facts FROM stages WHERE stage = 'settled'")[0]["facts"] ?? ""
    #expect(facts.contains(#"{"announced":"NumberOfSeriesRelatedInstances 16, all there"}"#), "\(facts)")
    try FileManager.default.moveItem(at: last, to: place.inbox.appending(path: "more/last.dcm"))
    #expect(try await agent.waits { place.runCount == 2 }, "\(agent.log)")
    agent.send(SIGTERM)
    _ = try await agent.ended()
    try await place.expectWhole()
  }

  @Test(
    "with its last slice missing ends as the rule says, and the record says why",
    arguments: [("hold", "refused"), ("process", "segmented"), ("refuse", "refused")])
  func incomplete(policy: String, outcome: String) async throws {
    let place = try Workplace(tiny: "incomplete: \(policy)\nwait: 0s")
    let files = try SyntheticSeries(description: "tiny", seed: 1, announces: true)
      .write(to: place.inbox.appending(path: "tiny"))
    try FileManager.default.removeItem(at: files[15])
    let end = try await place.finish()
    #expect(end.status == (outcome == "segmented" ? 0 : 1))
    let run = try #require(try place.runs().first)
    let words = "NumberOfSeriesRelatedInstances announces 16, found 15"
    #expect(run["outcome"] == outcome && place.runCount == 1, "\(run)")
    #expect((run["error"] ?? "").contains(words) == (outcome == "refused"), "\(run)")
    let facts = try place.ask("SELECT facts FROM stages WHERE stage = 'matched'")[0]["facts"] ?? ""
    #expect(facts.contains(words), "\(facts)")
    if outcome == "segmented" { #expect(facts.contains(#""incomplete":"process""#), "\(facts)") }
    try await place.expectWhole()
  }
}

@Suite("The line")
struct PriorityTests {
  @Test("is ordered by the priorities of the rules that may take what waits")
  func priorities() async throws {
    let place = try Workplace()
    try place.write(
      rule: "urgent", "match: {SeriesDescription: /stroke/, slices: '>= 4'}\nmirroring: false\npriority: 9")
    try place.write(
      rule: "idle", "match: {SeriesDescription: /whenever/}\nmirroring: false\npriority: -1")
    for (index, description) in ["whenever", "tiny", "stroke", "whenever", "tiny", "stroke"].enumerated() {
      try SyntheticSeries(description: description, seed: UInt64(index))
        .write(to: place.inbox.appending(path: "\(index)"))
    }
    #expect(try await place.finish().status == 0)
    let rules = try place.ask("SELECT rule FROM runs ORDER BY finished_at").map { $0["rule"] ?? "" }
    #expect(rules == ["urgent", "urgent", "tiny", "tiny", "idle", "idle"])
    try await place.expectWhole()
  }
}
