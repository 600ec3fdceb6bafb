import Foundation
import TestSupport
import Testing

@Suite("Torture: failing disks", .serialized)
struct FaultTests {
  /// In an ordinary run, so many of all the faults; under `make torture` one at every call, and from this scale on every one.
  static let sample = 4
  static let everything = 1000

  /// One fault: at which call, what, and whether from then on always.
  struct Case: CustomStringConvertible {
    let call: Int
    let deed: Faults.Deed
    let isSticky: Bool

    var description: String { "\(call) \(deed.rawValue)\(isSticky ? " sticky" : "")" }
  }

  @Test(
    "ENOSPC, EIO, EROFS, a short write or SIGKILL at any call: the agent says so or goes on, and then all is as undisturbed"
  )
  func everyCall() async throws {
    let drop = try Self.drop()
    let undisturbed = try Self.workplace(drop)
    let list = undisturbed.staging.appending(path: "calls")
    let reference = try await Self.finish(undisturbed, .none(below: undisturbed.output).listing(list))
    #expect(reference.status == 0, "\(reference.log)")
    let calls = try Faults.calls(list)
    #expect(calls.count > 100 && calls.map { $0.number } == Array(1...calls.count), "\(calls.count)")
    let (cases, diary) = (Self.cases(calls), Torture.Diary())
    let left = cases.filter { diary.end(of: "\($0)") == nil }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, one) in left.enumerated() {
        if number >= Torture.atOnce { _ = try await group.next() }
        group.addTask { diary.note("\(one)", try await Self.survive(one, drop, undisturbed)) }
      }
      try await group.waitForAll()
    }
    Self.tell(cases, diary, calls.count)
  }

  /// By what happened and where, how often the agent did what about it.
  private static func tell(_ cases: [Case], _ diary: Torture.Diary, _ calls: Int) {
    let ends = cases.compactMap { one in
      diary.end(of: "\(one)").map { "\(one.deed.rawValue)\(one.isSticky ? " sticky" : ""): \($0)" }
    }
    let counts = Dictionary(grouping: ends) { $0 }.mapValues { $0.count }
    print("faults: \(calls) calls, \(cases.count) faults")
    for (end, count) in counts.sorted(by: { $0.key < $1.key }) { print("  \(count) \(end)") }
  }

  /// Those of this run of the tests.
  private static func cases(_ calls: [Faults.Call]) -> [Case] {
    var random = SplitMix64(seed: Torture.seed)
    let all = calls.map { call in
      let short = call.operation == "write" ? [Faults.Deed.short] : []
      return (
        once: ([.full, .broken] + short).map { Case(call: call.number, deed: $0, isSticky: false) },
        more: [Faults.Deed.kill, .killed].map { Case(call: call.number, deed: $0, isSticky: false) }
          + [Faults.Deed.full, .broken, .readOnly].map { Case(call: call.number, deed: $0, isSticky: true) }
      )
    }
    // Disks that fail once come first; in an order of the seed's, so that what is done of it is a fair sample at any time.
    guard Torture.scale < everything else {
      return all.flatMap { $0.once }.shuffled(using: &random) + all.flatMap { $0.more }.shuffled(using: &random)
    }
    let one = all.map { here in
      let both = here.once + here.more
      return both[Int.random(in: both.indices, using: &random)]
    }
    return Torture.scale > 0 ? one : Array(one.shuffled(using: &random).prefix(sample))
  }

  /// What is dropped, made once: a series that no rule takes, and one to be segmented in an archive: every kind of write there is, and none
  /// twice, because each fault costs two starts of the agent.
  private static func drop() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try SyntheticSeries(description: "scout", seed: 1).write(to: folder.file("inbox/1"))
    try SyntheticSeries(description: "tiny packed", seed: 2).write(to: folder.file("packed"))
    try packArchive(folder.file("packed"), to: folder.file("inbox/2.tar"))
    return folder
  }

  private static func workplace(_ drop: TemporaryFolder) throws -> Workplace {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    try FileManager.default.removeItem(at: place.inbox)
    try FileManager.default.copyItem(at: drop.file("inbox"), to: place.inbox)
    return place
  }

  /// Everything is there before the agent starts: nothing has to settle for long.
  private static func finish(_ place: Workplace, _ faults: Faults? = nil) async throws -> Vigil.Ended {
    try await Vigil.run(place.watching(settle: "50ms", "--until-idle"), streams: place.folder.url, faults: faults)
  }

  /// What the agent did about it, and where it was: `went on at write of an output`, `said so`, or `was killed`.
  private static func survive(
    _ one: Case, _ drop: TemporaryFolder, _ undisturbed: Workplace
  ) async throws -> String {
    let place = try workplace(drop)
    let list = place.staging.appending(path: "calls")
    let faults = Faults.at(one.call, one.deed, isSticky: one.isSticky, below: place.output).listing(list)
    let end = try await finish(place, faults)
    let what: String
    switch (end.status, end.signal) {
    case (nil, SIGKILL): what = "was killed"
    case (0, _): what = "went on"
    case (69, _):
      what = "said so"
      #expect(end.log.contains("vigil: "), "\(faults): \(end.log); \(Torture.again)")
    default:
      what = "ended by \(end.status ?? -1) or signal \(end.signal ?? 0)"
      Issue.record("\(faults): \(what): \(end.log)")
    }
    let after = try await finish(place)
    #expect(after.status == 0, "\(faults): \(after.log); \(Torture.again)")
    try await place.expectSame(as: undisturbed, "\(faults); \(Torture.again)")
    guard let call = try Faults.calls(list).first(where: { $0.number == one.call }) else { return "was not reached" }
    return "\(what) at \(call.operation) of \(call.place)"
  }
}

/// Packs what lies in a folder.
func packArchive(_ folder: URL, to archive: URL) throws {
  let tar = Process()
  tar.executableURL = URL(filePath: "/bin/tar")
  tar.arguments = [archive.pathExtension == "tgz" ? "-czf" : "-cf", archive.path, "-C", folder.path, "."]
  try tar.run()
  tar.waitUntilExit()
  try #require(tar.terminationStatus == 0)
}

extension Workplace {
  /// Files that are the same however often and whenever a run is made. The report tells of times and `record.json` of the run.
  static let timeless = ["image.nii.gz", "preview.png", "segmentation.nii.gz"]

  /// The same sealed runs as there, each series once, with the same outputs bit for bit; nothing else in the tree; the audit
  /// verifies.
  func expectSame(as other: Workplace, _ why: String, _ here: SourceLocation = #_sourceLocation) async throws {
    let words =
      "SELECT series_uid, outcome, coalesce(rule, '') AS rule, coalesce(error, '') AS error, output_folder FROM runs ORDER BY 1, 2"
    let (mine, theirs) = (try ask(words), try other.ask(words))
    #expect(mine == theirs, "\(why)", sourceLocation: here)
    for run in mine where run["outcome"] == "segmented" {
      for name in Self.timeless {
        let path = "\(run["output_folder"] ?? "")/\(name)"
        let bytes = try? Data(contentsOf: output.appending(path: path))
        let expected = try Data(contentsOf: other.output.appending(path: path))
        #expect(bytes == expected, "\(path) differs: \(why)", sourceLocation: here)
      }
    }
    try await expectWhole(also: ["report.html", "segmentation.dcm"], here)
  }
}
