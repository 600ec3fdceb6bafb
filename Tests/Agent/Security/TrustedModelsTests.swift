import Agent
import Foundation
import TestSupport
import Testing

@Suite("Trusted models")
struct TrustedModelsTests {
  private func write(_ text: String, in place: Workplace) throws {
    try Data(text.utf8).write(to: place.rules.appending(path: "trusted-models"))
  }

  /// The line that `vigil model digest` prints for the workplace's model.
  private func line(_ place: Workplace) async throws -> String {
    let end = try await place.vigil("model", "digest", place.model.path)
    #expect(end.status == 0, "\(end.log)")
    return end.output
  }

  @Test("without a list any model runs; with one only those that it names, by the printed line")
  func list() async throws {
    let place = try Workplace()
    #expect(RulesReport(place.rules).problems.isEmpty)
    let line = try await line(place)
    try write("# ours\n\n\(line)", in: place)
    #expect(RulesReport(place.rules).problems.isEmpty, "\(RulesReport(place.rules).problems)")
    try write("# none yet\n", in: place)
    let refused = RulesReport(place.rules).problems
    #expect(refused.count == 1 && refused[0].contains(line.prefix(64)), "the digest that was found: \(refused)")
    #expect(refused.joined().contains("vigil model digest \(place.model.path)"), "\(refused)")
  }

  @Test("a model is refused by its digest before any of it is interpreted; one byte more is another model")
  func beforeReading() async throws {
    let place = try Workplace()
    try write(try await line(place), in: place)
    let plans = place.model.appending(path: "plans.json")
    try (Data(contentsOf: plans) + Data("}".utf8)).write(to: plans)
    let problems = RulesReport(place.rules).problems
    #expect(problems.count == 1 && problems[0].contains("is not among the 1 in"), "\(problems)")
    #expect(!problems.joined().contains("JSON"))
  }

  @Test("a line that is no digest stops every model, and is named")
  func malformed() async throws {
    let place = try Workplace()
    try write("\(try await line(place))\nabc our model\n", in: place)
    let problems = RulesReport(place.rules).problems
    #expect(
      problems.count == 1 && problems[0].contains("trusted-models:3: expected 64 hexadecimal digits"), "\(problems)")
  }

  @Test("a list that others may change is not read")
  func writable() async throws {
    let place = try Workplace()
    try write(try await line(place), in: place)
    #expect(chmod(place.rules.appending(path: "trusted-models").path, 0o666) == 0)
    let problems = RulesReport(place.rules).problems
    #expect(problems.joined().contains("trusted-models can be changed by everybody"), "\(problems)")
  }

  @Test("a running agent follows the list: a model that is taken off it does not run again")
  func scenario() async throws {
    let place = try Workplace()
    let line = try await line(place)
    try write(line, in: place)
    let agent = try place.start(place.watching(settle: "200ms"))
    #expect(try await agent.waits { place.isHeld(by: agent) })
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await agent.waits { place.runCount == 1 })
    try write("# empty\n", in: place)
    try SyntheticSeries(description: "tiny", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await agent.waits { place.runCount == 2 })
    try write(line, in: place)
    #expect(try await agent.waits { place.runCount == 3 })
    agent.send(SIGTERM)
    _ = try await agent.ended()
    let runs = try place.runs()
    #expect(runs.compactMap { $0["outcome"] }.sorted() == ["failed", "segmented", "segmented"], "\(runs)")
    #expect(runs.contains { $0["error"]?.contains("is not among the 0 in") == true })
    try await place.expectWhole()
  }
}
