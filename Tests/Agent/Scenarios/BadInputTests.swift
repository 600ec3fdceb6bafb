import Foundation
import TestSupport
import Testing

@Suite("Bad input")
struct BadInputTests {
  /// One bad thing: the folder it lies in, and what the reason must say.
  struct Bad {
    let folder: String
    let outcome: String
    let words: [String]
  }

  private static func series(_ name: String, _ seed: UInt64, in place: Workplace) throws -> [URL] {
    try SyntheticSeries(description: "tiny \(name)", seed: seed).write(to: place.inbox.appending(path: name))
  }

  /// Makes all of them in the inbox, and one good series.
  private func badThings(in place: Workplace) throws -> [Bad] {
    let inbox = place.inbox
    try SyntheticSeries.truncate(try Self.series("truncated", 1, in: place)[5], to: 0.9)
    let headless = try Self.series("headless", 2, in: place)
    for file in headless.dropFirst() { try FileManager.default.removeItem(at: file) }
    try SyntheticSeries.truncate(headless[0], to: 0.15)
    for file in try Self.series("no-pixels", 3, in: place) { try SyntheticSeries.removePixels(from: file) }
    try place.folder.write(Data("Not a scan.\n".utf8), to: "inbox/text/x.dcm")
    for folder in ["empty", "pipe", "link"] {
      try FileManager.default.createDirectory(at: inbox.appending(path: folder), withIntermediateDirectories: true)
    }
    #expect(mkfifo(inbox.appending(path: "pipe/pipe.dcm").path, 0o600) == 0)
    let good = try Self.series("good", 4, in: place)
    try FileManager.default.createSymbolicLink(
      at: inbox.appending(path: "link/link.dcm"), withDestinationURL: good[0])
    return [
      Bad(folder: "truncated", outcome: "refused", words: ["IM0006.dcm"]),
      Bad(folder: "headless", outcome: "refused", words: ["IM0001.dcm", "DICOM"]),
      Bad(folder: "no-pixels", outcome: "refused", words: ["PixelData"]),
      Bad(folder: "text", outcome: "refused", words: ["x.dcm", "not DICOM"]),
      Bad(folder: "empty", outcome: "refused", words: ["holds no file"]),
      Bad(folder: "pipe", outcome: "refused", words: ["pipe.dcm", "a named pipe"]),
      Bad(folder: "link", outcome: "refused", words: ["link.dcm", "a symbolic link"]),
    ]
  }

  @Test("each is refused with its reason, in the tree, the database and the exit status; the agent goes on")
  func refused() async throws {
    let place = try Workplace()
    let bad = try badThings(in: place)
    let end = try await place.finish()
    #expect(end.status == 1, "\(end.log)")
    let runs = try place.runs()
    #expect(runs.count == bad.count + 1, "\(runs.map { $0["error"] })")
    #expect(runs.filter { $0["outcome"] == "segmented" }.count == 1)
    for thing in bad {
      let own = try runs.filter { run in
        try run["outcome"] == thing.outcome && reason(of: run, place).contains("/inbox/\(thing.folder)")
      }
      let run = try #require(own.first, "nothing says why \(thing.folder) was not taken")
      #expect(own.count == 1, "\(thing.folder)")
      let told = try reason(of: run, place)
      for word in thing.words { #expect(told.contains(word), "\(thing.folder): \(told)") }
      #expect(run["error"]?.isEmpty == false && run["error_stage"]?.isEmpty == false)
    }
    try await place.expectWhole()

    let again = try await place.finish()
    #expect(again.log.contains("nothing new") && again.status == 0, "\(again.log)")
    #expect(place.runCount == runs.count)
  }

  private func reason(of run: [String: String], _ place: Workplace) throws -> String {
    guard run["outcome"] != "segmented" else { return "" }
    let file = place.output.appending(path: run["output_folder"] ?? "").appending(path: "reason.txt")
    return try String(contentsOf: file, encoding: .utf8)
  }

  @Test("a file that may not be read is named", .enabled(if: geteuid() != 0, "root may read everything"))
  func unreadable() async throws {
    let place = try Workplace()
    let files = try Self.series("locked", 1, in: place)
    #expect(chmod(files[2].path, 0) == 0)
    #expect(try await place.finish().status == 1)
    let reasons = try place.runs().map { try reason(of: $0, place) }.joined()
    #expect(reasons.contains("IM0003.dcm"), "\(reasons)")
  }

  @Test(
    "a model that cannot be used fails the scan by name; once it is repaired the next start does the work",
    arguments: ["plans.json", "fold_0/checkpoint_final.pth"])
  func brokenModel(part: String) async throws {
    let place = try Workplace()
    let file = place.model.appending(path: part)
    let whole = try Data(contentsOf: file)
    try whole.prefix(whole.count / 2).write(to: file)
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "tiny"))
    #expect(try await place.finish().status == 1)
    let run = try #require(try place.runs().first)
    #expect(run["outcome"] == "failed" && run["error_stage"] == "matched", "\(run)")
    #expect(run["error"]?.contains(part) == true, "\(run)")
    #expect(try reason(of: run, place).contains(part))
    try await place.expectWhole()

    try whole.write(to: file)
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["failed", "segmented"])
    try await place.expectWhole()
  }
}
