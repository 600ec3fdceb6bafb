import Foundation
import TestSupport
import Testing

@Suite("vigil rules")
struct RuleCommandTests {
  @Test("check lists what can be used, and names file and line of what cannot")
  func check() async throws {
    let place = try Workplace()
    let good = try await place.vigil("rules", "check", place.rules.path)
    #expect(good.status == 0 && good.log.isEmpty, "\(good.log)")
    #expect(good.output == "tiny: priority 0, 3d_fullres, folds 0: \n")

    try place.write(rule: "typo", "match: {Modality: MR}\nfold: all")
    try place.write(rule: "labels", "match: {Modality: CT}\nreference-labels: {1: liver}")
    try place.write(rule: "station", "match: {Modality: MR,\n  not: {StationName: MR1}}")
    try place.write(rule: "elsewhere", "match: {Modality: CT}\nconfiguration: 3d_lowres")
    let bad = try await place.vigil("rules", "check", place.rules.path)
    #expect(bad.status == 1 && bad.output.hasPrefix("tiny: "))
    for words in [
      "typo/rule.yaml:3: unknown key fold; the keys are", "labels/rule.yaml: reference-labels names liver",
      "its labels are first, second, third", "elsewhere/rule.yaml: ", "3d_lowres",
      "station/rule.yaml:3: StationName is withheld from rules and could never hold",
    ] { #expect(bad.log.contains(words), "\(bad.log)") }

    let none = try await place.vigil("rules", "check", place.staging.path)
    #expect(none.status == 1 && none.log.contains("no rules; expected <name>/rule.yaml"), "\(none.log)")
    let nowhere = try await place.vigil("rules", "check", place.staging.appending(path: "nowhere").path)
    #expect(nowhere.status == 1 && nowhere.log.contains("cannot be listed"), "\(nowhere.log)")
  }

  @Test("explain says which rule takes a series, and why the others do not")
  func explain() async throws {
    let place = try Workplace()
    try place.write(rule: "large", "match: {slices: '>= 100', Modality: MR}")
    func explain(_ folder: String) async throws -> Vigil.Ended {
      try await place.vigil("rules", "explain", place.inbox.appending(path: folder).path, "--rules", place.rules.path)
    }
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "tiny"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "scout"))
    let taken = try await explain("tiny")
    #expect(taken.status == 0 && taken.output.contains("MR 16 x 18 x 20\n  taken by tiny (priority 0)"))
    let not = try await explain("scout")
    #expect(not.status == 1 && not.output.contains("no rule takes it"))
    #expect(not.output.contains("not tiny: SeriesDescription is \"scout\", not /tiny/"), "\(not.output)")
    #expect(not.output.contains("not large: slices is 16, not >= 100"), "\(not.output)")
    try place.write(rule: "twin", "match: {Modality: MR}")
    let both = try await explain("tiny")
    #expect(both.status == 1 && both.output.contains("taken by several of priority 0: tiny, twin"), "\(both.output)")
    let nothing = try await explain("nothing")
    #expect(nothing.status == 1 && nothing.log.contains("no DICOM series there"))
  }

  @Test("wrong usage is exit status 64")
  func usage() async throws {
    let place = try Workplace()
    for arguments in [["watch", "--settle", "soon"], ["watch", "--nothing"], ["audit", "list", "--outcome", "good"]] {
      let end = try await Vigil.run(arguments + ["--output", place.output.path], streams: place.folder.url)
      #expect(end.status == 64, "\(arguments): \(end.log)")
    }
  }

  @Test("SQL that is no question is wrong usage")
  func noQuestion() async throws {
    let place = try Workplace()
    #expect(try await place.finish().status == 0)
    for sql in ["DROP TABLE run", "SELECT nonsense"] {
      let end = try await place.vigil("audit", "sql", sql, "--output", place.output.path)
      #expect(end.status == 64 && end.log.contains("only one SELECT"), "\(sql): \(end.log)")
    }
    let end = try await place.vigil("audit", "sql", "SELECT*FROM runs", "--output", place.output.path)
    #expect(end.status == 0, "\(end.log)")
  }

  @Test("an audit that is not there is exit status 69, with a sentence")
  func noAudit() async throws {
    let place = try Workplace()
    for words in [["list"], ["scores"], ["verify"], ["show", "x"], ["sql", "SELECT 1"]] {
      let end = try await Vigil.run(["audit"] + words + ["--output", place.output.path], streams: place.folder.url)
      #expect(end.status == 69 && end.log.contains(place.output.path), "\(words): \(end.log)")
    }
  }
}
