import Agent
import Foundation
import Testing

@Suite("Which rule takes a scan")
struct RuleVerdictTests {
  private func verdict(_ rules: [String: String], _ attributes: [String: [String]]) throws -> RuleVerdict {
    umask(0o022)  // rules that a group may write are refused
    let folder = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, match) in rules {
      let rule = folder.appending(path: name)
      try FileManager.default.createDirectory(at: rule.appending(path: "model"), withIntermediateDirectories: true)
      try Data("\(match)\nmodel: model".utf8).write(to: rule.appending(path: "rule.yaml"))
    }
    let book = RuleBook(readingFrom: folder)
    #expect(book.problems.isEmpty, "\(book.problems)")
    return book.verdict(
      on: RuleSubject(
        attribute: { attributes[$0] ?? [] }, slices: 20, rows: 256, columns: 128, spacing: [3, 1, 1],
        orientation: "axial", inbox: nil))
  }

  @Test("the one whose every condition holds")
  func one() throws {
    let verdict = try verdict(
      [
        "mr": "match: {Modality: MR, slices: '>= 16', rows: 256, columns: 128, orientation: axial}",
        "ct": "match: {Modality: CT}",
      ],
      ["Modality": ["MR"]])
    guard case .rule(let rule) = verdict else { Issue.record("\(verdict)"); return }
    #expect(rule.name == "mr")
  }

  @Test("the one of highest priority")
  func priority() throws {
    let verdict = try verdict(
      ["low": "match: {Modality: MR}\npriority: 1", "high": "match: {Modality: MR}\npriority: 2"], ["Modality": ["MR"]])
    guard case .rule(let rule) = verdict else { Issue.record("\(verdict)"); return }
    #expect(rule.name == "high")
  }

  @Test("none, when two are equal: an error, never a coin toss")
  func ambiguous() throws {
    let verdict = try verdict(["a": "match: {Modality: MR}", "b": "match: {Modality: MR}"], ["Modality": ["MR"]])
    guard case .ambiguous(let rules) = verdict else { Issue.record("\(verdict)"); return }
    #expect(Set(rules.map { $0.name }) == ["a", "b"])
  }

  @Test("none, and each rule's reasons are told")
  func unmatched() throws {
    let verdict = try verdict(
      ["a": "match: {Modality: CT, spacing: '<= 2'}"], ["Modality": ["MR"]])
    guard case .unmatched(let objections) = verdict else { Issue.record("\(verdict)"); return }
    #expect(
      objections.map { $0.description } == [
        "a: Modality is \"MR\", not \"CT\"; spacing is 3 x 1 x 1 mm, not <= 2 on every axis"
      ])
  }

  @Test("a rule with channels takes a series as the one channel whose conditions hold, `not` among them")
  func channels() throws {
    let brain = """
      match: {Modality: MR}
      channels:
        T1: {SeriesDescription: /t1/i, not: {SeriesDescription: [/gd/i, /post/i], slices: "< 4"}}
        T1c: {SeriesDescription: /t1.*(gd|post)/i}
      """
    for (description, expected) in [("ax T1", 0), ("T1 post", 1), ("t1 GD", 1)] {
      let verdict = try verdict(["brain": brain], ["Modality": ["MR"], "SeriesDescription": [description]])
      guard case .channel(let rule, let channel) = verdict else { Issue.record("\(verdict)"); return }
      #expect(rule.name == "brain" && channel == expected)
    }
    let none = try verdict(["brain": brain], ["Modality": ["MR"], "SeriesDescription": ["flair"]])
    guard case .unmatched(let objections) = none else { Issue.record("\(none)"); return }
    #expect(objections[0].description.hasPrefix("brain: no T1: SeriesDescription is \"flair\", not /t1/i; no T1c: "))
  }

  @Test("a series for two channels of a rule is an error; another rule of higher priority, or of the same, comes first")
  func channelsAndRules() throws {
    let brain = "channels: {A: {Modality: MR}, B: {SeriesDescription: x}}"
    let attributes = ["Modality": ["MR"], "SeriesDescription": ["x"]]
    guard case .ambiguousChannels(_, let channels) = try verdict(["brain": brain], attributes) else {
      Issue.record("two channels"); return
    }
    #expect(channels.map { $0.name } == ["A", "B"])
    let single = "match: {Modality: MR}"
    guard case .rule = try verdict(["brain": brain, "one": single + "\npriority: 1"], attributes) else {
      Issue.record("the higher priority"); return
    }
    guard case .ambiguous = try verdict(["brain": brain, "one": single], attributes) else {
      Issue.record("equal priorities"); return
    }
  }

  @Test("any value of an attribute with several may hold")
  func severalValues() throws {
    let verdict = try verdict(
      ["a": "match: {ImageType: ORIGINAL}"], ["ImageType": ["ORIGINAL\\PRIMARY", "ORIGINAL", "PRIMARY"]])
    guard case .rule = verdict else { Issue.record("\(verdict)"); return }
  }
}
