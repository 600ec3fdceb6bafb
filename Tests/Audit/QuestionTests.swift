import Audit
import Digests
import Foundation
import Testing

/// Runs with trust, volumes and scores, as the agent records them.
struct QuestionTests {
  @Test func listsByTrustLabelAndTime() throws {
    let fixture = try AuditFixture()
    let good = try fixture.judged("1", verdict: "good", dice: 0.9)
    let poor = try fixture.judged("2", verdict: "poor", dice: 0.4)
    let unjudged = try fixture.judged("3", verdict: nil)
    func ids(_ filter: RunFilter) throws -> [String] { try fixture.audit.list(filter).rows.map { $0[0].text } }
    #expect(try ids(RunFilter(trust: "poor")) == [poor])
    #expect(try ids(RunFilter(label: "Anterior")) == [unjudged, poor, good])
    #expect(try ids(RunFilter(label: "1")) == [unjudged, poor, good])
    #expect(try ids(RunFilter(label: "Posterior")).isEmpty)
    #expect(try ids(RunFilter(diceBelow: 0.5, label: "Anterior")) == [poor])
    #expect(try ids(RunFilter(diceBelow: 0.5, label: "2")).isEmpty)
    #expect(try ids(RunFilter(until: Date(timeIntervalSince1970: 1_600_000_000))).isEmpty)
    let listed = try fixture.audit.list()
    let place = try #require(listed.columns.firstIndex(of: "expected_dice"))
    #expect(listed.rows.map { $0[place] } == [.null, .real(0.8), .real(0.8)])
    #expect(try fixture.audit.scores(label: "Anterior", diceBelow: 0.5).rows.count == 1)
  }

  /// Poor before doubtful before good before never judged, in each the lowest expected Dice first; what was reviewed or is no result is gone.
  @Test func queuesTheWorstTrustFirst() throws {
    let fixture = try AuditFixture()
    let unjudged = try fixture.judged("1", verdict: nil)
    let good = try fixture.judged("2", verdict: "good", expected: 0.7)
    let poor = try fixture.judged("3", verdict: "poor", expected: 0.5, warning: "blank")
    let doubtful = try fixture.judged("4", verdict: "doubtful", expected: 0.4)
    let poorer = try fixture.judged("5", verdict: "poor", expected: 0.3)
    let uncalibrated = try fixture.judged("6", verdict: "poor", expected: nil)
    _ = try fixture.sealed("7", outcome: .refused)
    let queue = try fixture.audit.list(RunFilter(isQueue: true))
    #expect(queue.rows.map { $0[0].text } == [poorer, poor, uncalibrated, doubtful, good, unjudged])
    let why = try #require(queue.columns.firstIndex(of: "why"))
    #expect(queue.rows.map { $0[why].text }[1] == "blank" && queue.rows[5][why] == .null)
    try fixture.audit.recordReview(RunID(poorer), Review(verdict: .rejected))
    #expect(try fixture.audit.list(RunFilter(isQueue: true, limit: 1)).rows.map { $0[0].text } == [poor])
    #expect(try fixture.audit.list(RunFilter(trust: "good", isQueue: true)).rows.map { $0[0].text } == [good])
    #expect(try fixture.audit.list().rows.count == 7, "and all are there, newest first, without it")
  }

  /// Arguments are values, whatever they look like.
  @Test(arguments: ["' OR 1=1 --", "x'; DROP TABLE run; --", "\u{0}", "%", "*", "1 OR 1"])
  func hostileArgumentsAreOnlyValues(text: String) throws {
    let fixture = try AuditFixture()
    _ = try fixture.judged("1", verdict: "good", dice: 0.5)
    for filter in [RunFilter(rule: text), RunFilter(label: text), RunFilter(trust: text), RunFilter(seriesUID: text)] {
      #expect(try fixture.audit.list(filter).rows.isEmpty)
    }
    #expect(try fixture.audit.trend(RunFilter(label: text)).rows.isEmpty)
    #expect(try fixture.audit.scores(rule: text).rows.isEmpty)
    #expect(try fixture.audit.list().rows.count == 1)
  }

  @Test func viewsOfTrustAndVolumes() throws {
    let fixture = try AuditFixture()
    let poor = try fixture.judged("1", verdict: "poor")
    _ = try fixture.judged("2", verdict: nil)
    let trust = try fixture.audit.ask(sql: "SELECT run_id, verdict, expected_dice, warnings, hold FROM trust")
    #expect(
      trust.rows == [[.text(poor), .text("poor"), .real(0.8), .text(#"["voxels are thick"]"#), .integer(1)]])
    #expect(try fixture.audit.ask(sql: "SELECT fold_dice FROM trust_labels").rows == [[.real(0.9)]])
    #expect(try fixture.audit.ask(sql: "SELECT volume_ml FROM volumes").rows == [[.real(1.5)], [.real(1.5)]])
    for view in ExportedView.allCases { #expect(!(try fixture.audit.export(view).columns.isEmpty)) }
  }

  @Test func trendsAndTables() throws {
    let fixture = try AuditFixture()
    let first = try fixture.judged("1", verdict: "good", dice: 0.9)
    let second = try fixture.judged("2", verdict: nil)
    let trend = try fixture.audit.trend()
    #expect(
      trend.columns == [
        "started_at", "run_id", "rule", "label", "label_name", "volume_ml", "dice", "expected_dice",
      ])
    #expect(trend.rows.map { $0[1].text } == [first, second])
    #expect(trend.rows.map { $0[6] } == [.real(0.9), .null])
    #expect(trend.rows.map { $0[7] } == [.real(0.8), .null])
    #expect(try fixture.audit.trend(RunFilter(limit: 1)).rows.map { $0[1].text } == [second])
    let table = try fixture.audit.exportResults()
    #expect(table.rows.count == 2)
    #expect(table.rows[0][table.columns.firstIndex(of: "dice") ?? 0] == .real(0.9))
  }

  /// A mask's number for several labels together may be the number of another label of the model.
  @Test func aUnionIsNoneOfTheLabels() throws {
    let fixture = try AuditFixture()
    let run = try fixture.judged("1", verdict: "good")
    try fixture.audit.recordScores(
      RunID(run),
      [
        ScoreEntry(
          referenceSHA256: SHA256Digest(of: "union"), label: 1, labelName: "Anterior+Posterior", dice: 0.3,
          hd95Millimetres: 1, nsd1Millimetre: 0.9, volumeMillilitres: 3.5, referenceVolumeMillilitres: 3.25)
      ])
    let trend = try fixture.audit.trend()
    #expect(trend.rows.map { $0[6] } == [.null], "\(trend)")
    let table = try fixture.audit.exportResults()
    func column(_ name: String) throws -> [Answer.Value] {
      let place = try #require(table.columns.firstIndex(of: name))
      return table.rows.map { $0[place] }
    }
    #expect(try column("label_name") == [.text("Anterior"), .text("Anterior+Posterior")])
    #expect(try column("dice") == [.null, .real(0.3)] && column("volume_ml") == [.real(1.5), .real(3.5)])
    #expect(try fixture.audit.scores(label: "1").rows.isEmpty)
    #expect(try fixture.audit.scores(label: "Anterior+Posterior").rows.count == 1)
    #expect(try fixture.audit.list(RunFilter(diceBelow: 0.5, label: "1")).rows.isEmpty)
    #expect(try fixture.audit.list(RunFilter(diceBelow: 0.5)).rows.count == 1)
    let listed = try fixture.audit.list(RunFilter(label: "1"))
    #expect(listed.rows[0][try #require(listed.columns.firstIndex(of: "dice"))] == .null)
    let page = LabBook(try #require(try fixture.audit.details(ofRun: run))).text
    let lines = page.split(separator: "\n").filter { $0.contains("Anterior") }
    #expect(lines.count == 2 && !lines[0].contains("Dice 0.300") && lines[1].contains("Dice 0.300"), "\(page)")
  }

  @Test func aPageOfALabBook() throws {
    let fixture = try AuditFixture()
    let run = try fixture.judged("1.2.3", verdict: "poor", dice: 0.4, warning: "odd\u{1B}[31m scan")
    let details = try #require(try fixture.audit.details(ofRun: run))
    let page = LabBook(details).text
    for words in [
      "Run \(run)", "segmented in", "series   1.2.3", "postprocessed", "Anterior", "1.50 ml", "Dice 0.80 expected",
      "Dice 0.400, HD95 1.00 mm, NSD 0.900 against mask", "Trust: poor, a Dice of 0.80 is expected; held for review",
      "  - odd?[31m scan", "run-sealed",
    ] {
      #expect(page.contains(words), "\(words) in \(page)")
    }
    #expect(!page.contains("\u{1B}"))
  }
}
