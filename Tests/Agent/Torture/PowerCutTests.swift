import Audit
import Foundation
import TestSupport
import Testing

@Suite("Torture: power cuts", .serialized)
struct PowerCutTests {
  /// In an ordinary run, starts on so many of the states.
  static let sample = 3

  @Test("whatever is durable when the power goes, no row tells of a file that is not; the next start makes all whole")
  func everySync() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    try FileManager.default.createDirectory(at: place.output, withIntermediateDirectories: true)
    let journal = place.staging.appending(path: "journal")
    let end = try await place.finish(.journal(journal, below: place.output))
    #expect(end.status == 0, "\(end.log)")
    let status = try FileManager.default.attributesOfItem(atPath: place.output.path)
    let root = try #require((status[.systemFileNumber] as? NSNumber)?.uint64Value)

    var (tree, states): (DurableTree, [DurableTree]) = (DurableTree(), [])
    for record in try Journal(journal).records where tree.take(record) { states.append(tree) }
    #expect(states.count > 20, "an agent that syncs \(states.count) times does not sync what it should")
    var sealed = 0
    for (number, state) in states.enumerated() {
      let cut = place.staging.appending(path: "cut")
      try state.write(root, to: cut)
      let runs = try Self.expectTruthful(cut, "after sync \(number + 1) of \(states.count)")
      #expect(runs >= sealed, "a sealed run is gone after sync \(number + 1)")
      sealed = max(sealed, runs)
      try FileManager.default.removeItem(at: cut)
    }
    #expect(sealed == 2)
    var random = SplitMix64(seed: Torture.seed)
    let chosen =
      Torture.scale > 0
      ? Array(states.indices) : (0..<Self.sample).map { _ in states.indices.randomElement(using: &random) ?? 0 }
    for number in chosen {
      try FileManager.default.removeItem(at: place.output)
      try states[number].write(root, to: place.output)
      let end = try await place.finish()
      #expect(end.status == 0, "after sync \(number + 1): \(end.log); \(Torture.again)")
      #expect(
        try place.runs().map { $0["outcome"] }.sorted { $0 ?? "" < $1 ?? "" } == ["segmented", "unmatched"],
        "\(Torture.again)")
      try await place.expectWhole(also: ["report.html", "segmentation.dcm"])
    }
    print("power cuts: \(states.count) states with \(sealed) runs in the end, \(chosen.count) of them started on")
  }

  /// Every run on record has its files, whole; the chain holds; the key of the aliases is there. The number of sealed runs.
  private static func expectTruthful(_ cut: URL, _ moment: String) throws -> Int {
    guard
      let size = try? FileManager.default.attributesOfItem(atPath: cut.appending(path: AuditDatabase.fileName).path)[
        .size] as? Int,
      size > 0
    else { return 0 }
    let audit = try AuditDatabase.open(outputFolder: cut)
    let report = try audit.verify()
    // Of a run that is not sealed yet the folder may be there: the next start takes both back.
    let open = try audit.openRuns().compactMap { $0.outputFolder }
    let differences = report.differences.filter { difference in
      switch difference {
      case .missingFile(_, .model, _): false
      case .stranger(let path): !open.contains { path.hasPrefix($0 + "/") }
      default: true
      }
    }
    #expect(differences.isEmpty, "\(moment): \(differences)")
    // Written after the seal.
    let records = try FileManager.default.subpathsOfDirectory(atPath: cut.path).count { $0.hasSuffix("/record.json") }
    #expect(records <= report.runs, "\(moment): \(records) records of \(report.runs) runs")
    if report.runs > 0 { #expect(PathAliases(readingFrom: cut) != nil, "\(moment): the key of the aliases is lost") }
    return report.runs
  }
}
