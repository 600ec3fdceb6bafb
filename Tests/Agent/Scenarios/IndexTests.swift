import Audit
import Digests
import Foundation
import TestSupport
import Testing
import Writers

@Suite("index.html")
struct IndexTests {
  private func page(_ place: Workplace) throws -> String {
    try String(contentsOf: place.output.appending(path: "index.html"), encoding: .utf8)
  }

  @Test("every run is in it, with figures, picture and link; it is made again when it is lost")
  func all() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try SyntheticSeries(description: "tiny one", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await place.finish().status == 0)
    let first = try page(place)
    let runs = try place.runs()
    for run in runs { #expect(first.contains(try #require(run["id"]))) }
    let folder = try #require(runs.first { $0["outcome"] == "segmented" }?["output_folder"])
    #expect(first.contains("\(folder)/report.html") && first.contains("tiny-one") && first.contains("reason.txt"))
    #expect(try IndexFile.open(place.output.appending(path: "index.html"))?.pictured.count == 1)

    try SyntheticSeries(description: "tiny two", seed: 3).write(to: place.inbox.appending(path: "3"))
    #expect(try await place.finish().status == 0)
    #expect(
      try IndexFile.open(place.output.appending(path: "index.html"))?.pictured.count == 2, "the first picture is kept")

    try FileManager.default.removeItem(at: place.output.appending(path: "index.html"))
    #expect(try await place.finish().status == 0)
    #expect(try page(place).contains("tiny-two") && page(place).contains("tiny-one"))
    try await place.expectWhole(also: ["report.html"])
  }

  /// A tree with so many runs on record, of which nothing else is there.
  private func place(runs: Int) throws -> (Workplace, [RunID]) {
    let place = try Workplace(tiny: "outputs: [nifti]")
    try FileManager.default.createDirectory(at: place.output, withIntermediateDirectories: true)
    let audit = try AuditDatabase.open(outputFolder: place.output)
    return try (
      place,
      (0..<runs).map { number in
        let run = try audit.beginRun(seriesUID: "1.2.\(number)", software: "v", host: "h")
        _ = try audit.seal(
          run, .segmented,
          facts: RunFacts(
            rule: "tiny", inputSHA256: SHA256Digest(of: "\(number)"), modelSHA256: SHA256Digest(of: "model"),
            outputFolder: "tiny/\(number)"))
        return run
      }
    )
  }

  @Test(
    "the page that was made on, verdict by verdict, is the one that is made at once, whatever was done to it in between"
  )
  func continued() async throws {
    let (place, runs) = try place(runs: 230)
    let file = place.output.appending(path: "index.html")
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.isHeld(by: agent) && (try? page(place))?.contains(runs[229].text) == true })
    let audit = try AuditDatabase.openForReviewing(outputFolder: place.output)
    for (number, run) in [runs[229], runs[3], runs[130], runs[129]].enumerated() {
      let note = "note \(number)"
      if number == 2 { try Data("cut off".utf8).write(to: file) }
      try audit.recordReview(run, Review(verdict: .accepted, note: note))
      #expect(try await agent.waits { try page(place).contains(note) }, "\(agent.log)")
    }
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    let made = try page(place)
    for number in 0..<4 { #expect(made.contains("note \(number)")) }
    try FileManager.default.removeItem(at: file)
    #expect(try await place.finish().status == 0)
    #expect(try page(place) == made)
  }

  @Test("a list that cannot be written is told of, keeps no scan from being done, and is written when it can be")
  func blocked() async throws {
    let place = try Workplace(tiny: "outputs: [nifti]")
    let file = place.output.appending(path: "index.html")
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { agent.log.contains("the list of results cannot be written") })
    try SyntheticSeries(description: "tiny one", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await agent.waits { place.runCount == 1 }, "\(agent.log)")
    try FileManager.default.removeItem(at: file)
    #expect(try await agent.waits { (try? page(place))?.contains("tiny-one") == true }, "\(agent.log)")
    #expect(try IndexFile.open(file)?.pictured.count == 1, "its picture is not lost")
    #expect(agent.log.components(separatedBy: "the list of results cannot be written").count == 2, "told once")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    try await place.expectWhole()
  }

  @Test("what lies in the list's place is replaced: a pipe, a link that leads away, which is not followed")
  func strange() async throws {
    let (place, runs) = try place(runs: 3)
    let file = place.output.appending(path: "index.html")
    let elsewhere = place.folder.url.appending(path: "elsewhere")
    try Data("mine".utf8).write(to: elsewhere)
    for isPipe in [true, false] {
      if isPipe {
        #expect(mkfifo(file.path, 0o600) == 0)
      } else {
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere)
      }
      #expect(try await place.finish().status == 0)
      #expect(try page(place).contains(runs[2].text))
      #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType == .typeRegular)
      try FileManager.default.removeItem(at: file)
    }
    #expect(try String(contentsOf: elsewhere, encoding: .utf8) == "mine")
  }
}
