import Foundation
import TestSupport
import Testing

@Suite("Torture: inputs on a disk that fails now and then", .serialized)
struct FailingInputTests {
  /// A series of which a file is called so; `Tests/Faults` knows what that means.
  private func drop(_ name: String, number: UInt64, to place: Workplace) throws {
    let made = place.staging.appending(path: "made")
    let files = try SyntheticSeries(description: "tiny", seed: number).write(to: made)
    try FileManager.default.moveItem(at: files[7], to: made.appending(path: "\(name).dcm"))
    try FileManager.default.moveItem(at: made, to: place.inbox.appending(path: "series \(number)"))
  }

  @Test("EIO when a file is asked about, its header, its header again, its voxels, an archive is read: tried again")
  func passing() async throws {
    let place = try Workplace(tiny: "incomplete: process")
    try drop("hides-at-1", number: 1, to: place)
    let agent = try place.start(place.watching(settle: "300ms"), .named)
    #expect(try await agent.waits { place.isHeld(by: agent) })
    for (number, name) in [(UInt64(2), "fails-at-1"), (3, "fails-at-2"), (4, "fails-at-3"), (5, "hides-at-2")] {
      try drop(name, number: number, to: place)
    }
    let packed = place.staging.appending(path: "packed")
    try SyntheticSeries(description: "tiny", seed: 6, slices: 64, side: 64).write(to: packed)
    // The first two reads are those of its digest, the fifth comes when a part of it is unpacked.
    try packArchive(packed, to: place.inbox.appending(path: "fails-at-5.tar"))
    try drop("nothing wrong", number: 7, to: place)
    // Those that wait hold nobody up.
    #expect(try await agent.waits { place.runCount >= 1 })
    #expect(place.runCount < 7, "nothing failed: the faults do not work")
    #expect(try await agent.waits { place.runCount == 7 }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    let runs = try place.runs()
    #expect(runs.allSatisfy { $0["outcome"] == "segmented" }, "\(runs)")
    // The archive is an input, too.
    let inputs = "SELECT run_id FROM files WHERE role = 'input' GROUP BY run_id HAVING count(*) IN (16, 65)"
    #expect(try place.ask(inputs).count == 7, "a scan was made without the file")
    let putOff = try place.ask("SELECT detail FROM events WHERE kind = 'put-off'")
    let areOfTheDisk = putOff.allSatisfy { $0["detail"]?.contains("Input/output error") == true }
    #expect(putOff.count == 2 && areOfTheDisk, "\(putOff)")
    try await place.expectWhole()
  }

  @Test("EIO whenever it is read: with nothing left to wait for it is refused and says why; the next start does it")
  func lasting() async throws {
    let place = try Workplace()
    try drop("fails-always", number: 1, to: place)
    try SyntheticSeries(description: "tiny", seed: 2).write(to: place.inbox.appending(path: "2"))
    let packed = place.staging.appending(path: "packed")
    try SyntheticSeries(description: "tiny", seed: 3).write(to: packed)
    try packArchive(packed, to: place.inbox.appending(path: "fails-always.tar"))
    let end = try await place.finish(.named)
    #expect(end.status == 1, "\(end.log)")
    #expect(try place.runs().contains { $0["outcome"] == "segmented" }, "the other is not held up")
    let refused = try place.runs().filter { $0["outcome"] == "refused" }
    let reasons = try refused.map {
      try String(contentsOf: place.output.appending(path: "\($0["output_folder"] ?? "")/reason.txt"), encoding: .utf8)
    }
    #expect(reasons.contains { $0.contains("fails-always.dcm: cannot be read: Input/output error") }, "\(reasons)")
    #expect(reasons.contains { $0.contains("an archive cannot be read: Input/output error") }, "\(reasons)")
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().filter { $0["outcome"] == "segmented" }.count == 3)
    try await place.expectWhole()
    #expect(try await place.finish().log.contains("nothing new"))
  }

  /// A series in a folder of that name, which comes into the inbox with all its files at once.
  private func drop(folder: String, number: UInt64, to place: Workplace) throws {
    let made = place.staging.appending(path: folder)
    try SyntheticSeries(description: "tiny", seed: number).write(to: made)
    try FileManager.default.moveItem(at: made, to: place.inbox.appending(path: folder))
  }

  @Test("EIO when a folder is opened or half listed, now and then: listed again, and no scan is made of a part of it")
  func folders() async throws {
    // A part would be processed at once.
    let place = try Workplace(tiny: "incomplete: process")
    try drop(folder: "half-listed-at-4", number: 1, to: place)
    let agent = try place.start(place.watching(settle: "300ms"), .named)
    #expect(try await agent.waits { place.isHeld(by: agent) })
    let names = ["unlisted-at-1", "unlisted-at-2", "half-listed-at-5", "half-listed-at-25", "nothing wrong"]
    for (number, name) in names.enumerated() { try drop(folder: name, number: UInt64(number + 2), to: place) }
    #expect(try await agent.waits { place.runCount == names.count + 1 }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(agent.log.contains("cannot be listed; it is tried again"), "\(agent.log)")
    #expect(agent.log.contains("cannot be watched: Input/output error"), "\(agent.log)")
    #expect(!agent.log.contains("listed-at"), "names of folders are not for the log")
    #expect(try place.runs().allSatisfy { $0["outcome"] == "segmented" })
    let inputs = "SELECT run_id FROM files WHERE role = 'input' GROUP BY run_id HAVING count(*) = 16"
    #expect(try place.ask(inputs).count == names.count + 1, "a scan was made of a part of its folder")
    try await place.expectWhole()
  }

  @Test("EIO whenever a folder is listed: the others are done, it is said, nothing is refused; the next start does it")
  func lastingFolders() async throws {
    let place = try Workplace(tiny: "incomplete: process")
    for (number, name) in ["unlisted-always", "half-listed-always", "nothing wrong"].enumerated() {
      try drop(folder: name, number: UInt64(number + 1), to: place)
    }
    let end = try await place.finish(.named)
    #expect(end.status == 69 && end.log.contains("cannot be used: Input/output error"), "\(end.log)")
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented", "segmented", "segmented"])
    let inputs = "SELECT run_id FROM files WHERE role = 'input' GROUP BY run_id HAVING count(*) = 16"
    #expect(try place.ask(inputs).count == 3)
    try await place.expectWhole()
  }
}
