import Audit
import Digests
import Foundation
import TestSupport
import Testing

/// What docs/audit.md promises to those who like SQL, on a database as agents leave it: a view that changes breaks it.
@Suite("The questions and views of docs/audit.md")
struct DocumentedQuestionsTests {
  private let fixture: AuditFixture
  private let text: String
  private let (poor, good): (String, String)

  /// Two months, two rules, a volume far off, one run refused and one reviewed.
  init() throws {
    fixture = try AuditFixture()
    text = try String(
      contentsOf: SharedFolder.repository.appending(path: "docs/audit.md"), encoding: .utf8)
    let (november, december) = (Date(timeIntervalSince1970: 1_700_000_000), Date(timeIntervalSince1970: 1_702_000_000))
    poor = try fixture.judged(
      "1", verdict: "poor", expected: 0.3, dice: 0.4, warning: "the scan is blank", startedAt: november,
      files: [FileEntry(role: .input, path: "@1/2", bytes: 9, sha256: SHA256Digest(of: "a file"))])
    good = try fixture.judged("2", verdict: "good", expected: 0.9, dice: 0.8, startedAt: december)
    for index in 3..<15 {
      _ = try fixture.judged("\(index)", verdict: "good", dice: 0.9, rule: "other", startedAt: december)
    }
    _ = try fixture.judged("15", verdict: "doubtful", expected: 0.6, volume: 90, startedAt: december)
    let refused = try fixture.audit.beginRun(seriesUID: "16", startedAt: december, software: "vigil 0", host: "here")
    _ = try fixture.audit.seal(
      refused, .refused, failure: RunFailure(stage: "converted", error: "two slices are missing"))
    try fixture.audit.recordReview(RunID(good), Review(verdict: .accepted, note: "fine"))
  }

  /// The statements under "Ten questions", in their order.
  private var questions: [String] {
    let part = text.components(separatedBy: "## Ten questions in SQL").last ?? ""
    let code = part.components(separatedBy: "\n").map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : "" }
    return code.joined(separator: "\n").components(separatedBy: ";").map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }.filter { !$0.isEmpty }
  }

  private func ask(_ number: Int, _ replacements: [String: String] = [:]) throws -> [[String]] {
    var sql = questions[number]
    for (old, new) in replacements {
      #expect(sql.contains(old), "question \(number + 1) has no \(old)")
      sql = sql.replacingOccurrences(of: old, with: new)
    }
    return try fixture.audit.ask(sql: sql).rows.map { $0.map { $0.text } }
  }

  @Test("every question gets the answer that it is there for")
  func answers() throws {
    #expect(questions.count == 10)
    let worst = try ask(0)
    #expect(worst.count == 10)
    #expect(worst[0] == [poor, "out/1", "0.3", #"["the scan is blank"]"#] && worst[1][2] == "0.6")
    #expect(try ask(1).map { $0[0] } == [poor])
    try fixture.audit.recordReview(RunID(poor), Review(verdict: .rejected))
    #expect(try ask(1).isEmpty, "what was reviewed waits no more")

    let expected = try ask(2)
    #expect(expected.count == 1 && expected[0][0] == "Anterior" && expected[0][1] == "14")
    let months = try ask(3)
    #expect(
      months.map { Array($0[..<3]) } == [
        ["hippocampus", "2023-11", "1"], ["hippocampus", "2023-12", "1"], ["other", "2023-12", "12"],
      ])
    #expect(months.map { $0[3] }.prefix(2) == ["0.4", "0.8"])
    #expect(try ask(4).map { $0[2] } == ["90"])
    #expect(try ask(5) == [["converted", "two slices are missing", "1"]])
    #expect(try ask(6).map { [$0[0], $0[1], $0[3]] } == [["postprocessed", "15", "0.5"]])

    let model = SHA256Digest(of: "m").description
    #expect(try ask(7, ["3f2a": String(model.prefix(4))]).map { $0[0] } == ["15"])
    #expect(try ask(8, ["'...'": "'\(SHA256Digest(of: "a file"))'"]) == [[poor, "input", "@1/2"]])
    let story = try ask(9, ["'...'": "'\(good)'"])
    #expect(story.last?[1] == "run-reviewed" && story.last?[2].contains("fine") == true && story.count > 1)
  }

  @Test("every view has the columns that stand there, in that order")
  func views() throws {
    let rows = text.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }.map {
      $0.components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(rows.count == 10)
    for var row in rows {
      row[3].replace(#/\([^)]*\)/#, with: "")
      let view = row[1].trimmingCharacters(in: CharacterSet(charactersIn: "`"))
      let columns = row[3].components(separatedBy: "`").enumerated().filter { !$0.offset.isMultiple(of: 2) }.map {
        $0.element
      }
      let found = try fixture.audit.ask(sql: "SELECT name FROM pragma_table_info('\(view)')").rows.map { $0[0].text }
      #expect(!columns.isEmpty && Array(found.prefix(columns.count)) == columns, "\(view)")
    }
  }
}
