import Audit
import Digests
import Foundation
import Testing

struct QueryTests {
  @Test func listsByRuleOutcomeTimeAndDice() throws {
    let fixture = try AuditFixture()
    let good = try fixture.sealed("1").id
    let bad = try fixture.sealed("2").id
    let other = try fixture.sealed("3", rule: "liver").id
    let refused = try fixture.sealed("4", rule: nil, outcome: .refused).id
    for (run, dice) in [(good, 0.9), (bad, 0.3)] {
      try fixture.audit.recordScores(
        run,
        [
          ScoreEntry(
            referenceSHA256: SHA256Digest(of: "m"), label: 1, labelName: "A", dice: dice, hd95Millimetres: nil,
            nsd1Millimetre: nil, volumeMillilitres: 1, referenceVolumeMillilitres: 1)
        ])
    }
    func ids(_ filter: RunFilter) throws -> [String] { try fixture.audit.list(filter).rows.map { $0[0].text } }
    #expect(try ids(RunFilter()) == [refused, other, bad, good].map { $0.text })
    #expect(try ids(RunFilter(rule: "hippocampus")) == [bad.text, good.text])
    #expect(try ids(RunFilter(outcome: .refused)) == [refused.text])
    #expect(try ids(RunFilter(diceBelow: 0.5)) == [bad.text])
    #expect(try ids(RunFilter(seriesUID: "3")) == [other.text])
    #expect(try ids(RunFilter(limit: 1)) == [refused.text])
    #expect(try ids(RunFilter(since: Date(timeIntervalSince1970: 1_800_000_000))).isEmpty)
    #expect(try ids(RunFilter(since: Date(timeIntervalSince1970: 1_600_000_000))).count == 4)
    #expect(try fixture.audit.scores(of: bad).rows.count == 1)
    #expect(try fixture.audit.scores().rows.count == 2)
  }

  @Test func showsEverythingAboutARunByTheStartOfItsId() throws {
    let fixture = try AuditFixture()
    let run = try fixture.sealed(
      "1", files: [FileEntry(role: .input, path: "/a", bytes: 1, sha256: SHA256Digest(of: "a"))]
    ).id
    let details = try #require(try fixture.audit.details(ofRun: String(run.text.dropLast(2))))
    #expect(details.parts.map { $0.answer.rows.count } == [1, 1, 1, 0, 2])
    let object = try JSONSerialization.jsonObject(with: Data(details.json.utf8)) as? [String: Any]
    let stage = (object?["stages"] as? [[String: Any]])?.first
    #expect((stage?["facts"] as? [String: [Int]])?["shape"] == [3, 4, 5])
    #expect((object?["run"] as? [String: Any])?["series_uid"] as? String == "1")
    #expect(try fixture.audit.details(ofRun: "none") == nil)
    try fixture.sealed("2")
    #expect(try fixture.audit.details(ofRun: "2023") == nil)
    #expect(
      try fixture.audit.files(withSHA256: SHA256Digest(of: "a").description.prefix(8).uppercased()).rows.count == 1)
    #expect(try fixture.audit.files(withSHA256: "ffffffff").rows.isEmpty)
  }

  @Test(arguments: [
    "DELETE FROM run", "UPDATE run SET rule = 'x'", "PRAGMA user_version = 3", "ATTACH 'x' AS y", "",
    "WITH a AS (SELECT 1) DELETE FROM run", "SELECT 1; DELETE FROM run", "SELECT nonsense FROM nowhere", "VACUUM",
  ])
  func onlyQuestionsAreAnswered(sql: String) throws {
    let fixture = try AuditFixture()
    try fixture.sealed("1")
    let reader = try AuditDatabase.openForReading(outputFolder: fixture.folder)
    for audit in [fixture.audit, reader] {
      let error = #expect(throws: AuditError.self) { try audit.ask(sql: sql) }
      guard case .notAQuestion? = error else {
        Issue.record("\(sql): \(String(describing: error))")
        return
      }
    }
    #expect(try reader.list().rows.count == 1)
    #expect(try reader.ask(sql: "with x as (select 1 as a) select a from x").rows == [[.integer(1)]])
    #expect(try reader.ask(sql: "SELECT*FROM runs").rows.count == 1)
    #expect(try !reader.ask(sql: "EXPLAIN QUERY PLAN SELECT * FROM runs").rows.isEmpty)
  }

  private let answer = Answer(
    columns: ["id", "dice", "note"],
    rows: [
      [.integer(7), .real(0.123456), .text("a,\"b\"\r\nc\u{1B}[31m")], [.integer(10), .null, .text("")],
      [.null, .real(1e-12), .blob([0, 255])],
    ])

  @Test func rendersATableWithoutControlCharacters() {
    #expect(
      AnswerFormat.table.render(answer)
        == """
        id  dice    note
        --  ------  -------------
         7  0.1235  a,"b"??c?[31m
        10
            1e-12   00ff

        """.replacing("    1e-12   00ff", with: "     1e-12  00ff"))
  }

  @Test func rendersJSONLines() throws {
    let lines = AnswerFormat.json.render(answer).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1] == #"{"id":10,"dice":null,"note":""}"#)
    let first = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
    #expect(first?["note"] as? String == "a,\"b\"\r\nc\u{1B}[31m")
  }

  @Test(arguments: AnswerFormat.allCases) func rendersNothingOutOfNothing(format: AnswerFormat) {
    let text = format.render(Answer(columns: ["a", "b"], rows: []))
    #expect(text == [.table: "a  b\n-  -\n", .json: "", .csv: "a,b\r\n"][format])
  }

  /// What a sender writes is no formula of whoever opens the table.
  @Test(arguments: [
    ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+1", "'+1"), ("-1+2", "'-1+2"), ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"), ("\r=1", "\"'\r=1\""), ("a=1", "a=1"), ("", ""), ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
    ("@0123456789abcdef/0123456789abcdef", "@0123456789abcdef/0123456789abcdef"),
    ("@0123456789abcdef", "@0123456789abcdef"), ("@0123456789abcdef/SUM(A1)", "'@0123456789abcdef/SUM(A1)"),
  ])
  func textsAreNoFormulas(text: String, field: String) {
    let answer = Answer(columns: ["a", "b"], rows: [[.text(text), .real(-1.5)]])
    #expect(AnswerFormat.csv.render(answer) == "a,b\r\n\(field),-1.5\r\n")
  }

  @Test func rendersCSV() {
    #expect(
      AnswerFormat.csv.render(answer)
        == "id,dice,note\r\n7,0.123456,\"a,\"\"b\"\"\r\nc\u{1B}[31m\"\r\n10,,\r\n,1e-12,00ff\r\n")
  }
}
