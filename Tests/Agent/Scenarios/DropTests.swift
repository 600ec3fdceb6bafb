import Foundation
import TestSupport
import Testing

@Suite("Ten series dropped together", .serialized)
struct DropTests {
  /// How the ten come into the inbox.
  enum Way: String, CaseIterable, Sendable {
    case slowly = "file by file in a random order"
    case moved = "by mv of a folder"
    case linked = "by hard links"
    case unpacked = "by unpacking"
  }

  @Test("each ends in exactly one run, with the right outcome, and nothing is done twice", arguments: Way.allCases)
  func dropped(way: Way) async throws {
    let place = try Workplace()
    try place.write(rule: "special", TenSeries.specialRule)
    let ten = try TenSeries(in: place.staging.appending(path: "ten"))
    let agent = try place.start(place.watching(settle: way == .slowly ? "4s" : "1s", "--hold", "1s"))
    #expect(try await agent.waits { place.isHeld(by: agent) })
    try await drop(ten, into: place, way)
    #expect(try await agent.waits { place.runCount >= ten.expected.count }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 1, "two were refused")
    try expect(ten, in: place)
    try await place.expectWhole()

    let again = try await place.finish()
    #expect(again.status == 0 && again.log.contains("nothing new"), "\(again.log)")
    #expect(!again.log.contains("inferred in"))
    #expect(place.runCount == ten.expected.count)
    try await place.expectWhole()
  }

  private func expect(_ ten: TenSeries, in place: Workplace) throws {
    let runs = try place.runs()
    #expect(runs.count == ten.expected.count)
    for (uid, expectation) in ten.expected {
      let own = runs.filter { $0["series_uid"] == uid }
      #expect(own.count == 1, "\(uid): \(own)")
      #expect(own.first?["outcome"] == expectation.outcome, "\(own)")
      #expect(own.first?["rule"] == expectation.rule, "\(own)")
      let error = own.first?["error"] ?? ""
      #expect(expectation.error.isEmpty ? error.isEmpty : error.contains(expectation.error), "\(own)")
    }
    // The repeated file of one, and the two folders of another.
    let inputs = try place.ask(
      """
      SELECT count(*) AS files, count(DISTINCT substr(path, 1, 17)) AS folders FROM files WHERE role = 'input'
      GROUP BY run_id
      """)
    #expect(inputs.count { $0["files"] == "17" && $0["folders"] == "1" } >= 1, "\(inputs)")
    #expect(inputs.count { $0["files"] == "16" && $0["folders"] == "2" } == 1, "\(inputs)")
  }

  private func drop(_ ten: TenSeries, into place: Workplace, _ way: Way) async throws {
    let manager = FileManager.default
    switch way {
    case .slowly:
      try await copySlowly(ten, to: place.inbox)
    case .moved:
      try manager.moveItem(at: ten.root, to: place.inbox.appending(path: "ten"))
    case .linked:
      for path in try ten.files() {
        let target = place.inbox.appending(path: path)
        try manager.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try manager.linkItem(at: ten.root.appending(path: path), to: target)
      }
    case .unpacked:
      let archive = place.staging.appending(path: "ten.tar").path
      try await tar("-cf", archive, "-C", ten.root.path, ".")
      try await tar("-xf", archive, "-C", place.inbox.path)
    }
  }

  /// In a random order, each file in two pieces with a pause between them. The pauses add up to about a second; the settling
  /// time is four, so that a busy machine does not make two scans of one.
  private func copySlowly(_ ten: TenSeries, to inbox: URL) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix64(seed: seed)
    for path in try ten.files().shuffled(using: &random) {
      let target = inbox.appending(path: path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      let bytes = try Data(contentsOf: ten.root.appending(path: path))
      let half = Int.random(in: 1..<bytes.count, using: &random)
      try bytes.prefix(half).write(to: target)
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...12, using: &random)))
      let handle = try FileHandle(forWritingTo: target)
      try handle.seekToEnd()
      try handle.write(contentsOf: bytes.suffix(from: half))
      try handle.close()
    }
  }

  private func tar(_ arguments: String...) async throws {
    let status = try await Vigil.run(program: "/bin/tar", arguments)
    #expect(status == 0)
  }
}
