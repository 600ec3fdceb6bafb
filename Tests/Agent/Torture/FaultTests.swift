import Foundation
import TestSupport
import Testing

@Suite("Torture: failing disks", .serialized)
struct FaultTests {
  /// In an ordinary run, so many of all the faults; under `make torture` one at every call, and from this scale on every one.
  static let sample = 4
  static let everything = 1000

  /// One fault: at which call, what, and whether from then on always.
  struct Case {
    let call: Int
    let deed: Faults.Deed
    let isSticky: Bool
  }

  @Test(
    "ENOSPC, EIO, a short write or SIGKILL at any call: the agent says so or goes on, and then all is as undisturbed")
  func everyCall() async throws {
    let undisturbed = try Self.workplace()
    let journal = undisturbed.staging.appending(path: "journal")
    let reference = try await undisturbed.finish(.journal(journal, below: undisturbed.output))
    #expect(reference.status == 0, "\(reference.log)")
    let calls = try Journal(journal).records.count { $0.operation != "born" }
    #expect(calls > 100, "\(calls)")
    var cases: [Case] = []
    var random = SplitMix64(seed: Torture.seed)
    for call in 1...calls {
      let here = Self.cases(at: call)
      cases += Torture.scale >= Self.everything ? here : [here[Int.random(in: here.indices, using: &random)]]
    }
    if Torture.scale == 0 { cases = Array(cases.shuffled(using: &random).prefix(Self.sample)) }
    var said: [String: Int] = [:]
    for one in cases { said[try await Self.survive(one, undisturbed), default: 0] += 1 }
    print("faults: \(calls) calls, \(cases.count) faults: \(said.sorted { $0.key < $1.key })")
  }

  private static func cases(at call: Int) -> [Case] {
    Faults.Deed.allCases.map { Case(call: call, deed: $0, isSticky: false) }
      + [Faults.Deed.full, .broken].map { Case(call: call, deed: $0, isSticky: true) }
  }

  /// A series and an archive with another: every kind of write there is.
  private static func workplace() throws -> Workplace {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    let packed = place.staging.appending(path: "packed")
    try SyntheticSeries(description: "tiny packed", seed: 3).write(to: packed)
    try packArchive(packed, to: place.inbox.appending(path: "3.tar"))
    return place
  }

  /// What the agent did about it: `went on`, `said so`, or `was killed`.
  private static func survive(_ one: Case, _ undisturbed: Workplace) async throws -> String {
    let place = try workplace()
    let faults = Faults.at(one.call, one.deed, isSticky: one.isSticky, below: place.output)
    let end = try await place.finish(faults)
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
    let after = try await place.finish()
    #expect(after.status == 0, "\(faults): \(after.log); \(Torture.again)")
    try await place.expectSame(as: undisturbed, "\(faults); \(Torture.again)")
    return what
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
