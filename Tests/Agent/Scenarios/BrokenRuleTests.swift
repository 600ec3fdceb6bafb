import Foundation
import TestSupport
import Testing

@Suite("Broken rules")
struct BrokenRuleTests {
  /// The events that say so.
  private func problems(_ place: Workplace) throws -> [String] {
    try place.ask("SELECT detail FROM events WHERE kind = 'rule-problem'").compactMap { $0["detail"] }
  }

  @Test("a rule that is broken at the start is told, fails the scans that no other rule takes, and stops no other")
  func atStart() async throws {
    let place = try Workplace()
    try place.write(rule: "broken", "match: {Modalitty: MR}")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "tiny"))
    try SyntheticSeries(description: "other", seed: 2).write(to: place.inbox.appending(path: "other"))
    let end = try await place.finish()
    #expect(end.status == 1, "\(end.log)")
    #expect(end.log.contains("broken/rule.yaml") && end.log.contains("Modalitty"))
    #expect(try problems(place).count == 1)
    let runs = try place.runs()
    #expect(Set(runs.map { $0["outcome"] }) == ["segmented", "failed"], "\(runs)")
    let failed = try #require(runs.first { $0["outcome"] == "failed" })
    #expect(failed["error"]?.contains("broken/rule.yaml:2: unknown condition Modalitty") == true, "\(failed)")
    try await place.expectWhole()
  }

  @Test("a rule that breaks while the agent runs stays in force as it was")
  func whileRunning() async throws {
    let place = try Workplace()
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.isHeld(by: agent) })
    try SyntheticSeries(description: "tiny 1", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await agent.waits { place.runCount == 1 })
    try place.write(rule: "tiny", "match: nonsense")
    try SyntheticSeries(description: "tiny 2", seed: 2).write(to: place.inbox.appending(path: "2"))
    try SyntheticSeries(description: "scout", seed: 3).write(to: place.inbox.appending(path: "3"))
    #expect(try await agent.waits { place.runCount == 3 })
    agent.send(SIGTERM)
    let end = try await agent.ended()
    #expect(end.status == 0, "the rule in force says that the scout is none of its scans: \(end.log)")
    let outcomes = try place.runs().map { $0["outcome"] ?? "" }
    #expect(outcomes.sorted() == ["segmented", "segmented", "unmatched"])
    #expect(try problems(place).count == 1 && problems(place).joined().contains("tiny/rule.yaml"))
    try await place.expectWhole()
  }

  @Test("a rule that is repaired is used without a restart")
  func repaired() async throws {
    let place = try Workplace()
    try place.write(rule: "tiny", "match: nonsense")
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.isHeld(by: agent) })
    try place.write(rule: "tiny", "match: {SeriesDescription: /tiny/}\nmirroring: false")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await agent.waits { place.runCount == 1 })
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
  }

  @Test("what no rule took, or a broken rule failed, is done as soon as a rule is there for it; nothing else again")
  func retried() async throws {
    let place = try Workplace()
    try place.write(rule: "other", "match: nonsense")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "other", seed: 2).write(to: place.inbox.appending(path: "2"))
    try SyntheticSeries(description: "scout", seed: 3).write(to: place.inbox.appending(path: "3"))
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.runCount == 3 })
    #expect(try Set(place.runs().map { $0["outcome"] }) == ["segmented", "failed"])
    try place.write(rule: "other", "match: {SeriesDescription: /other/}\nmirroring: false")
    #expect(try await agent.waits { place.runCount == 5 }, "\(agent.log)")
    func ended() throws -> [[String: String]] { try place.ask("SELECT * FROM runs ORDER BY finished_at") }
    let outcomes = try ended().suffix(2).map { $0["outcome"] }
    #expect(Set(outcomes) == ["segmented", "unmatched"], "the scout is none of any rule's: no more a failure")
    #expect(try place.ask("SELECT 1 FROM events WHERE kind = 'rules-changed'").count >= 1)
    try place.write(rule: "scouts", "match: {SeriesDescription: /scout/}\nmirroring: false")
    #expect(try await agent.waits { place.runCount == 6 }, "\(agent.log)")
    agent.send(SIGTERM)
    _ = try await agent.ended()
    #expect(try ended().filter { $0["outcome"] == "segmented" }.map { $0["rule"] } == ["tiny", "other", "scouts"])
    try await place.expectWhole()
  }

  @Test("a rule whose folder is a link to another place is used without a restart when it changes there")
  func linked() async throws {
    let place = try Workplace()
    let elsewhere = place.staging.appending(path: "elsewhere")
    try FileManager.default.moveItem(at: place.rules.appending(path: "tiny"), to: elsewhere)
    try FileManager.default.createSymbolicLink(
      at: place.rules.appending(path: "tiny"), withDestinationURL: elsewhere)
    let file = elsewhere.appending(path: "rule.yaml")
    try SyntheticSeries(description: "scout", seed: 1).write(to: place.inbox.appending(path: "1"))
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.runCount == 1 })
    #expect(try place.runs().map { $0["outcome"] } == ["unmatched"])
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data(text.replacing("/tiny/", with: "/scout/").utf8).write(to: file, options: .atomic)
    #expect(try await agent.waits { place.runCount == 2 }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(try Set(place.runs().map { $0["outcome"] }) == ["unmatched", "segmented"])
  }

  @Test(
    "what the rules end otherwise than before goes on record, each end in a folder of its own; the same end does not")
  func otherwise() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "scout", seed: 1).write(to: place.inbox.appending(path: "1"))
    func ends() async throws -> [[String: String]] {
      for _ in 0..<2 { try await place.finish() }
      return try place.runs()
    }
    #expect(try await ends().map { $0["outcome"] } == ["unmatched"])
    let rule = "match: {SeriesDescription: scout}"
    for name in ["a", "b"] { try place.write(rule: name, rule) }
    let ambiguous = try await ends()
    #expect(ambiguous.map { $0["outcome"] } == ["unmatched", "refused"])
    #expect(ambiguous.last?["error"]?.contains("rules a, b take the scan") == true, "\(ambiguous)")
    try place.write(rule: "c", rule)
    #expect(try await ends().last?["error"]?.contains("rules a, b, c take the scan") == true)
    for name in ["a", "b", "c"] { try FileManager.default.removeItem(at: place.rules.appending(path: name)) }
    #expect(try await ends().map { $0["outcome"] } == ["unmatched", "refused", "refused", "unmatched"])
    try await place.expectWhole()
  }

  @Test("one input that four rules refuse has four folders")
  func fourRefusals() async throws {
    let place = try Workplace()
    let files = try SyntheticSeries(description: "gap", seed: 1).write(to: place.inbox.appending(path: "1"))
    try FileManager.default.removeItem(at: files[7])
    for (before, name) in [("", "a"), ("a", "b"), ("b", "c"), ("c", "d")] {
      if !before.isEmpty { try FileManager.default.removeItem(at: place.rules.appending(path: before)) }
      try place.write(rule: name, "match: {SeriesDescription: gap}\nincomplete: refuse")
      #expect(try await place.finish().status == 1)
    }
    #expect(try place.runs().map { $0["rule"] } == ["a", "b", "c", "d"])
    try await place.expectWhole()
  }

  @Test("two rules of the same priority are an error, never a coin toss")
  func ambiguous() async throws {
    let place = try Workplace()
    try place.write(rule: "twin", "match: {Modality: MR}")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await place.finish().status == 1)
    let run = try #require(try place.runs().first)
    #expect(run["outcome"] == "refused" && run["error"]?.contains("tiny, twin") == true, "\(run)")
    try await place.expectWhole()
  }
}
