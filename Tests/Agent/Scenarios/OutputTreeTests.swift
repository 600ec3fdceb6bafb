import Foundation
import TestSupport
import Testing

@Suite("The agent and its output tree")
struct OutputTreeTests {
  /// EX_UNAVAILABLE of sysexits.h: the agent itself cannot run.
  static let unavailable: Int32 = 69

  @Test("a second agent on the same tree is told who works there")
  func twoAgents() async throws {
    let place = try Workplace()
    let first = try place.start(place.watching(settle: "300ms"))
    #expect(try await first.waits { place.isHeld(by: first) })
    let second = try await place.finish()
    #expect(second.status == Self.unavailable)
    #expect(second.log.contains("another agent (process \(first.process)"), "\(second.log)")
    #expect(!first.hasEnded)
    let third = try await place.vigil(
      "run", place.staging.path, "--rules", place.rules.path, "--output", place.output.path)
    #expect(third.status == Self.unavailable && third.log.contains("another agent"), "\(third.log)")
    first.send(SIGKILL)
    _ = try await first.ended()
    #expect(try await place.finish().status == 0, "a killed agent's lock goes with it")
  }

  @Test("an output tree that cannot be written to stops the agent with a sentence")
  func notWritable() async throws {
    let place = try Workplace()
    let file = try place.folder.write(Data("no folder".utf8), to: "file")
    for output in [file.path, file.appending(path: "below").path, "/proc/vigil"] {
      let end = try await place.vigil(
        "watch", "--inbox", place.inbox.path, "--rules", place.rules.path, "--output", output, "--until-idle")
      #expect(end.status == Self.unavailable, "\(output): \(end.log)")
      #expect(end.log.contains("vigil: ") && end.log.contains(output), "\(end.log)")
    }
  }

  @Test("a tree where a rule's folder cannot be made stops the agent, and loses nothing")
  func blocked() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    let obstacle = try place.folder.write(Data("in the way".utf8), to: "output/tiny")
    let end = try await place.finish()
    #expect(end.status == Self.unavailable && end.log.contains("tiny"), "\(end.log)")
    #expect(place.runCount == 0)
    try FileManager.default.removeItem(at: obstacle)
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole()
  }

  @Test("files are the owner's alone: folders 0700, files 0600")
  func modes() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    _ = try await place.finish()
    let manager = FileManager.default
    let paths = try manager.subpathsOfDirectory(atPath: place.output.path)
    #expect(paths.count >= 11)
    for path in paths {
      let attributes = try manager.attributesOfItem(atPath: place.output.appending(path: path).path)
      let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
      #expect(mode == (attributes[.type] as? FileAttributeType == .typeDirectory ? 0o700 : 0o600), "\(path)")
    }
  }

  @Test("vigil run takes a series that is named, and a folder without one is refused")
  func named() async throws {
    let place = try Workplace()
    let series = place.staging.appending(path: "1")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: series)
    let places = ["--rules", place.rules.path, "--output", place.output.path]
    func run(_ folder: URL) async throws -> Vigil.Ended {
      try await Vigil.run(["run", folder.path] + places, streams: place.folder.url)
    }
    let end = try await run(series)
    #expect(end.status == 0 && end.output.hasPrefix("segmented "), "\(end.output) \(end.log)")
    let again = try await run(series)
    #expect(again.status == 0 && again.output.hasPrefix("on-record "), "\(again.output) \(again.log)")
    let nothing = place.staging.appending(path: "nothing")
    try FileManager.default.createDirectory(at: nothing, withIntermediateDirectories: true)
    let refused = try await run(nothing)
    #expect(refused.status == 1 && refused.output.hasPrefix("refused "), "\(refused.output) \(refused.log)")
    #expect(place.runCount == 2)
    try await place.expectWhole()
  }

  @Test("an output tree that is a link is the one that it leads to")
  func linked() async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    let target = place.folder.file("disk/tree")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(at: place.output, withDestinationURL: target)
    for _ in 0..<2 {
      let end = try await place.finish()
      #expect(end.status == 0, "\(end.log)")
    }
    let folder = try #require(try place.runs().first?["output_folder"])
    for name in ["index.html", "audit.sqlite", "\(folder)/segmentation.nii.gz", "\(folder)/record.json"] {
      #expect(FileManager.default.fileExists(atPath: target.appending(path: name).path), "\(name)")
    }
    let audit = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(audit.status == 0, "\(audit.output) \(audit.log)")
  }

  @Test("an output tree that is a link to nothing, as to a disk that is not there, stops the agent with a sentence")
  func linkedToNothing() async throws {
    let place = try Workplace()
    let target = place.folder.file("disk/tree")
    try FileManager.default.createSymbolicLink(at: place.output, withDestinationURL: target)
    let end = try await place.finish()
    #expect(end.status == Self.unavailable && end.log.contains("the output tree \(place.output.path)"), "\(end.log)")
    #expect(!FileManager.default.fileExists(atPath: target.path))
  }
}
