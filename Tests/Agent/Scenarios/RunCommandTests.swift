import Foundation
import TestSupport
import Testing

@Suite("vigil run")
struct RunCommandTests {
  private func run(_ place: Workplace, _ arguments: String...) async throws -> Vigil.Ended {
    try await Vigil.run(
      ["run", "--rules", place.rules.path, "--output", place.output.path, "--jobs", "1"] + arguments,
      streams: place.folder.url)
  }

  @Test("a place or a rule that does not exist is wrong usage, and nothing is done")
  func typos() async throws {
    let place = try Workplace()
    let good = place.staging.appending(path: "good").path
    let typo = place.staging.appending(path: "typo").path
    try SyntheticSeries(description: "tiny", seed: 1).write(to: URL(filePath: good))
    for places in [[good, typo], [typo]] {
      let end = try await Vigil.run(
        ["run", "--rules", place.rules.path, "--output", place.output.path] + places, streams: place.folder.url)
      #expect(end.status == 64 && end.log.contains("typo does not exist"), "\(end.log)")
    }
    let rule = try await run(place, good, "--rule", "tinny")
    #expect(rule.status == 64 && rule.log.contains("no rule tinny in") && rule.log.contains("there are tiny"))
    try place.write(rule: "broken", "match: nonsense")
    let broken = try await run(place, good, "--rule", "broken")
    #expect(broken.status == 64 && broken.log.contains("broken/rule.yaml:2"), "\(broken.log)")
    #expect(!FileManager.default.fileExists(atPath: place.output.path))
  }

  @Test("what was refused before is a failure when it is named again; what was segmented before is none")
  func again() async throws {
    let place = try Workplace()
    let (good, bad) = (place.staging.appending(path: "good"), place.staging.appending(path: "bad"))
    try SyntheticSeries(description: "tiny", seed: 1).write(to: good)
    for file in try SyntheticSeries(description: "tiny", seed: 2).write(to: bad) {
      try SyntheticSeries.removePixels(from: file)
    }
    for words in ["refused ", "on-record "] {
      let end = try await run(place, bad.path)
      #expect(end.status == 1 && end.output.hasPrefix(words) && end.output.contains("refused"), "\(end.output)")
    }
    for words in ["segmented ", "on-record "] {
      let end = try await run(place, good.path)
      #expect(end.status == 0 && end.output.hasPrefix(words), "\(end.output)\(end.log)")
    }
    #expect(place.runCount == 2)
  }

  @Test("rules that ask for the inbox are told it, by run and by explain, where the series lies in it")
  func inbox() async throws {
    let place = try Workplace()
    try place.write(rule: "tiny", "match: {inbox: /inbox$/}\nmirroring: false")
    let inside = place.inbox.appending(path: "case")
    let outside = place.staging.appending(path: "case")
    for folder in [inside, outside] { try SyntheticSeries(description: "tiny", seed: 1).write(to: folder) }
    func explain(_ folder: URL) async throws -> Vigil.Ended {
      try await place.vigil(
        "rules", "explain", folder.path, "--rules", place.rules.path, "--inbox", place.inbox.path)
    }
    let taken = try await explain(inside)
    #expect(taken.status == 0 && taken.output.contains("taken by tiny"), "\(taken.output)")
    let not = try await explain(outside)
    #expect(not.status == 1 && not.output.contains("inbox is absent"), "\(not.output)")
    let run = try await run(place, inside.path, "--inbox", place.inbox.path)
    #expect(run.status == 0 && run.output.hasPrefix("segmented "), "\(run.output)\(run.log)")
  }
}
