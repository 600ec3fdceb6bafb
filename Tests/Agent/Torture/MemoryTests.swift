import Foundation
import TestSupport
import Testing

@Suite("Torture: too little memory", .serialized)
struct MemoryTests {
  /// What a process is given to end by itself where it can do nothing: the watch over threads takes some ten seconds.
  static let patience = Duration.seconds(60)

  /// Less than what one header read takes of an agent beyond its start, bytes.
  static let tooLittle = 4 << 20

  private func place() throws -> Workplace {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    return place
  }

  /// Nothing but the truth is on record, and an agent that has memory does the rest.
  private func expectRecovery(_ place: Workplace, _ why: String) async throws {
    for run in (try? place.runs()) ?? [] {
      #expect(["segmented", "unmatched"].contains(run["outcome"]), "\(why): \(run)")
    }
    let end = try await place.finish()
    #expect(end.status == 0, "\(why): \(end.log)")
    #expect(try place.runs().compactMap { $0["outcome"] }.sorted() == ["segmented", "unmatched"], "\(why)")
    try await place.expectWhole()
  }

  @Test(
    "whatever the address space is limited to, the agent ends by itself, says why where it can, and tells no lie of a scan",
    arguments: [120, 160, 200, 220, 260, 320, 400, 500, 600, 800])
  func addressSpace(mebibytes: Int) async throws {
    let place = try place()
    let agent = try Vigil(
      place.watching(settle: "300ms", "--until-idle"), streams: place.folder.url, addressSpace: mebibytes << 20)
    let end = try await agent.ended(within: Self.patience)
    #expect(end.status != 0 && end.status != 1, "\(mebibytes) MiB: \(end.log)")
    // Below some 150 MiB Swift's runtime or the loader ends the process before the program begins.
    if mebibytes >= 200 {
      #expect(end.status == 69 && end.log.contains("may map \(mebibytes) MiB"), "\(mebibytes) MiB: \(end.log)")
    }
    try await expectRecovery(place, "\(mebibytes) MiB")
  }

  @Test("with just what it asks for it works; a scan that does not fit into it is refused with the figures")
  func justEnough() async throws {
    let place = try place()
    // The network keeps four feature maps of the whole scan at the least.
    try SyntheticSeries(description: "tiny large", seed: 3, slices: 256, side: 384)
      .write(to: place.inbox.appending(path: "3"))
    let agent = try Vigil(
      place.watching(settle: "300ms", "--until-idle"), streams: place.folder.url, addressSpace: 980 << 20)
    let end = try await agent.ended()
    let runs = try place.runs()
    #expect(runs.compactMap { $0["outcome"] }.sorted() == ["refused", "segmented", "unmatched"], "\(runs) \(end.log)")
    let refused = try #require(runs.first { $0["outcome"] == "refused" })
    #expect(
      refused["error"]?.contains("MiB are left of the address space") == true && refused["error_stage"] == "inferred",
      "\(refused)")
    try await place.expectWhole()
  }

  /// A control group that bounds memory: its processes are killed when they go beyond.
  struct Cage {
    /// Whether this user may make one.
    static let isAllowed: Bool = {
      guard let cage = Cage(bytes: 64 << 20) else { return false }
      cage.remove()
      return true
    }()

    /// Version 1 of the interface where it is there, else version 2.
    private static let isFirst = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory/cgroup.procs")

    private let folder = "/sys/fs/cgroup/\(isFirst ? "memory/" : "")vigil-test-\(UUID().uuidString)"

    init?(bytes: Int) {
      guard mkdir(folder, 0o755) == 0 else { return nil }
      if write("\(bytes)", to: Self.isFirst ? "memory.limit_in_bytes" : "memory.max") { return }
      remove()
      return nil
    }

    func take(_ process: pid_t) -> Bool { write("\(process)", to: "cgroup.procs") }

    func remove() { rmdir(folder) }

    private func write(_ text: String, to name: String) -> Bool {
      guard let file = FileHandle(forWritingAtPath: "\(folder)/\(name)") else { return false }
      defer { try? file.close() }
      return (try? file.write(contentsOf: Data(text.utf8))) != nil
    }
  }

  @Test(
    "killed for memory again and again, as any SIGKILL: no lie of a scan, no debris; with memory all is done",
    .enabled(if: Cage.isAllowed, "control groups cannot be made here"))
  func killedForMemory() async throws {
    let place = try place()
    let cage = try #require(Cage(bytes: Self.tooLittle))
    defer { cage.remove() }
    var kills = 0
    for _ in 0..<4 {
      let agent = try place.start(place.watching(settle: "300ms", "--until-idle"))
      #expect(cage.take(agent.process))
      if try await agent.ended().signal == SIGKILL { kills += 1 }
    }
    #expect(kills == 4, "the cage is too wide for this test")
    try await expectRecovery(place, "\(kills) kills")
  }
}
