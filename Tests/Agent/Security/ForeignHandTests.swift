import Agent
import Foundation
import TestSupport
import Testing

@Suite("Who may change rules and models")
struct ForeignHandTests {
  /// A rules folder with one rule and a model of one file beside it.
  private func rules() throws -> TemporaryFolder {
    umask(0o022)
    let folder = try TemporaryFolder()
    try folder.write("match: {Modality: MR}\nmodel: model\n".utf8, to: "rules/one/rule.yaml")
    try folder.write("{}".utf8, to: "rules/one/model/plans.json")
    return folder
  }

  private func mode(_ mode: mode_t, _ place: URL) { #expect(chmod(place.path, mode) == 0) }

  private func problems(_ folder: TemporaryFolder, allowing: Bool = false) -> [String] {
    RuleBook(readingFrom: folder.file("rules"), allowingWritable: allowing).problems.map { "\($0)" }
  }

  @Test("a rule of one's own is read")
  func own() throws {
    let folder = try rules()
    #expect(problems(folder).isEmpty, "\(problems(folder))")
  }

  @Test(
    "a rule is refused where its file or a folder on the way may be changed by others",
    arguments: ["rules/one/rule.yaml", "rules/one", "rules", ""])
  func writable(_ path: String) throws {
    for (bits, words) in [(0o020, "can be changed by the group"), (0o002, "can be changed by everybody")] {
      let folder = try rules()
      mode(0o755 | mode_t(bits), folder.file(path))
      let found = problems(folder)
      #expect(found.count == 1 && found[0].contains(words), "\(found)")
      #expect(found.joined().contains("--allow-writable-rules"))
      #expect(problems(folder, allowing: true).isEmpty)
    }
  }

  @Test("a link is followed: its target, and the folders that lead there, count")
  func link() throws {
    let folder = try rules()
    try folder.write("match: {Modality: MR}\nmodel: model\n".utf8, to: "elsewhere/rule.yaml")
    let rule = folder.file("rules/one/rule.yaml")
    try FileManager.default.removeItem(at: rule)
    try FileManager.default.createSymbolicLink(atPath: rule.path, withDestinationPath: "../../elsewhere/rule.yaml")
    #expect(problems(folder).isEmpty, "\(problems(folder))")
    mode(0o777, folder.file("elsewhere"))
    #expect(problems(folder).first?.contains("elsewhere can be changed by everybody") == true)
  }

  @Test("a rule or a model behind links that lead round in a circle, or nowhere, is named; the other rules are read")
  func circle() throws {
    let folder = try rules()
    func link(_ place: String, to target: String) throws {
      try? FileManager.default.removeItem(at: folder.file(place))
      try FileManager.default.createSymbolicLink(atPath: folder.file(place).path, withDestinationPath: target)
    }
    try folder.write("match: {Modality: MR}\nmodel: model\n".utf8, to: "rules/two/rule.yaml")
    try folder.write("{}".utf8, to: "rules/two/model/plans.json")
    try link("rules/one/rule.yaml", to: "other")
    try link("rules/one/other", to: "rule.yaml")
    try link("rules/three", to: "gone")
    let book = RuleBook(readingFrom: folder.file("rules"))
    #expect(book.rules.map { $0.name } == ["two"])
    let found = problems(folder)
    #expect(found.count == 2, "\(found)")
    #expect(found[0].contains("one/rule.yaml") && found[0].contains("leads nowhere: Too many levels"), "\(found)")
    #expect(found[1].contains("three/rule.yaml") && found[1].contains("leads nowhere: No such file"), "\(found)")
    try FileManager.default.createDirectory(at: folder.file("rules/four"), withIntermediateDirectories: true)
    #expect(problems(folder) == found, "a folder without a rule is none")

    let place = try Workplace()
    let round = place.model.appending(path: "round")
    try FileManager.default.createSymbolicLink(atPath: round.path, withDestinationPath: "round")
    let report = RulesReport(place.rules)
    #expect(report.problems.count == 1 && report.problems[0].contains("lead round in a circle"), "\(report)")
  }

  @Test("a file that belongs to somebody else is refused", .enabled(if: geteuid() == 0, "only root gives files away"))
  func owner() throws {
    let folder = try rules()
    #expect(chown(folder.file("rules/one/rule.yaml").path, 65534, 65534) == 0)
    let found = problems(folder)
    #expect(found.count == 1 && found[0].contains("who is neither root nor the agent's user"), "\(found)")
  }

  @Test(
    "a model is refused where anything in it may be changed by others, before it is read",
    arguments: ["", "plans.json", "fold_0", "fold_0/checkpoint_final.pth"])
  func model(_ path: String) throws {
    let place = try Workplace()
    try Data("no JSON, and never read".utf8).write(to: place.model.appending(path: "dataset.json"))
    mode(0o777, place.model.appending(path: path))
    let report = RulesReport(place.rules)
    #expect(report.problems.count == 1 && report.problems[0].contains("can be changed by everybody"), "\(report)")
    let allowed = RulesReport(place.rules, allowingWritable: true)
    #expect(allowed.problems.joined().contains("dataset.json"), "now it is read: \(allowed)")
  }

  @Test("the agent fails the scan with words, and takes it up when the mode is mended")
  func scenario() async throws {
    let place = try Workplace()
    mode(0o666, place.model.appending(path: "plans.json"))
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    let agent = try place.start(place.watching(settle: "200ms"))
    #expect(try await agent.waits { place.runCount == 1 })
    let failed = try #require(try place.runs().first)
    #expect(failed["outcome"] == "failed" && failed["error"]?.contains("plans.json can be changed by") == true)
    mode(0o644, place.model.appending(path: "plans.json"))
    #expect(try await agent.waits { place.runCount == 2 })
    agent.send(SIGTERM)
    _ = try await agent.ended()
    #expect(try place.runs().compactMap { $0["outcome"] }.sorted() == ["failed", "segmented"])
    try await place.expectWhole()
  }
}
