import Foundation
import TestSupport
import Testing

@Suite("Torture: a clock that is set, too few watches", .serialized)
struct SurroundingsTests {
  /// Seconds that the clock is ahead, where the agent's system calls look.
  private struct Clock {
    let file: URL

    func set(ahead seconds: Int64) throws {
      // In place: the agent has the file mapped.
      let bytes = withUnsafeBytes(of: seconds) { Data($0) }
      if let handle = FileHandle(forWritingAtPath: file.path) {
        try handle.write(contentsOf: bytes)
        try handle.close()
      } else {
        try bytes.write(to: file)
      }
    }
  }

  @Test("the clock jumps a day ahead and two back: nothing settles early, no wait ends early, nothing stays for ever")
  func clock() async throws {
    let place = try Workplace()
    let clock = Clock(file: place.staging.appending(path: "clock"))
    try clock.set(ahead: 0)
    let made = place.staging.appending(path: "made")
    let files = try SyntheticSeries(description: "tiny", seed: 1).write(to: made)
    let folder = place.inbox.appending(path: "1")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func drop(_ files: ArraySlice<URL>) throws {
      for file in files {
        try FileManager.default.moveItem(at: file, to: folder.appending(path: file.lastPathComponent))
      }
    }
    let settle = Duration.seconds(4)
    let agent = try place.start(place.watching(settle: "4s", "--hold", "1h"), .clock(clock.file))
    #expect(try await agent.waits { place.isHeld(by: agent) })
    // Both ends, so that there is a gap, for which it is held.
    try drop(files[12...] + files[..<6])
    #expect(try await agent.waits { agent.log.contains("held") }, "\(agent.log)")
    try clock.set(ahead: 86_400)
    try await Task.sleep(for: .seconds(2))
    #expect(place.runCount == 0, "the wait for missing slices has ended a day early")

    let start = ContinuousClock.now
    try drop(files[6..<12])
    try await Task.sleep(for: .milliseconds(500))
    try clock.set(ahead: 2 * 86_400)
    while ContinuousClock.now - start < settle - .seconds(1) {
      #expect(place.runCount == 0 || ContinuousClock.now - start > settle, "it has settled a day early")
      try await Task.sleep(for: .milliseconds(100))
    }
    try clock.set(ahead: -86_400)
    #expect(try await agent.waits { place.runCount == 1 }, "it never settles: \(agent.log)")
    try SyntheticSeries(description: "tiny", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await agent.waits { place.runCount == 2 }, "it never settles: \(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    let runs = try place.runs()
    #expect(runs.allSatisfy { $0["outcome"] == "segmented" }, "\(runs)")
    // The faults work: the runs are dated a day back.
    let day = Date(timeIntervalSinceNow: -86_400).formatted(.iso8601.year().month().day())
    #expect(runs.contains { $0["finished_at"]?.hasPrefix(day) == true }, "\(runs)")
    let negative = "SELECT 1 FROM stages WHERE seconds < 0 UNION ALL SELECT 1 FROM runs WHERE seconds < 0"
    #expect(try place.ask(negative) == [])
    try await place.expectWhole()
  }

  @Test("without watches for its folders the agent says so and finds scans by listing; it also starts so")
  func watches() async throws {
    let place = try Workplace()
    // One is the agent's own, one the inbox's, one that of the first series.
    let agent = try place.start(place.watching(settle: "300ms"), .watches(3))
    #expect(try await agent.waits { place.isHeld(by: agent) })
    for number in 1...3 {
      try SyntheticSeries(description: "tiny", seed: UInt64(number)).write(to: place.inbox.appending(path: "\(number)"))
    }
    #expect(try await agent.waits { place.runCount == 3 }, "\(agent.log)")
    #expect(agent.log.contains("sysctl fs.inotify.max_user_watches="), "\(agent.log)")
    #expect(agent.log.components(separatedBy: "no watch left").count == 2, "said once: \(agent.log)")
    // Into a folder that is not watched, when nothing else happens.
    try SyntheticSeries(description: "tiny", seed: 4).write(to: place.inbox.appending(path: "3/more"))
    #expect(try await agent.waits { place.runCount == 4 }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)

    try SyntheticSeries(description: "tiny", seed: 5).write(to: place.inbox.appending(path: "5"))
    let end = try await place.finish(.watches(1))
    #expect(end.status == 0 && end.log.contains("no watch left"), "\(end.log)")
    #expect(place.runCount == 5)
    try await place.expectWhole()
  }
}
