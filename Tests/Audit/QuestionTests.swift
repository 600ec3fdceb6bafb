import Audit
import Digests
import Foundation
import Testing

/// Runs with trust, volumes and scores, as the agent records them.
struct QuestionTests {
  private struct Facts: Encodable {
    struct Label: Encodable {
      let label: Int
      let name: String
      let voxels = 10
      let volume: Double

      enum CodingKeys: String, CodingKey {
        case label, name, voxels
        case volume = "volume_ml"
      }
    }
    struct Trust: Encodable {
      struct Part: Encodable {
        let label: Int
        let name: String
        let expectedDice: Double?
        let foldDice: Double? = 0.9
        let entropy: Double? = 0.1
      }
      let score: Double?
      let verdict: String
      let hold: Bool
      let perLabel: [Part]
      let warnings: [String]
    }
    let labels: [Label]
    let trust: Trust?
  }

  private func run(
    _ fixture: AuditFixture, _ series: String, verdict: String?, dice: Double? = nil, rule: String = "hippocampus",
    warning: String = "voxels are thick"
  ) throws -> String {
    let audit = fixture.audit
    let run = try audit.beginRun(seriesUID: series, software: "vigil 0", host: "here")
    let trust = verdict.map { word in
      Facts.Trust(
        score: 0.8, verdict: word, hold: word == "poor",
        perLabel: [.init(label: 1, name: "Anterior", expectedDice: 0.8)], warnings: [warning])
    }
    let facts = Facts(labels: [.init(label: 1, name: "Anterior", volume: 1.5)], trust: trust)
    try audit.recordStage(
      run, stage: "postprocessed", startedAt: Date(timeIntervalSince1970: 1_700_000_000), seconds: 0.5, facts: facts)
    _ = try audit.seal(
      run, .segmented,
      facts: RunFacts(
        rule: rule, inputSHA256: SHA256Digest(of: series), modelSHA256: SHA256Digest(of: "m"),
        outputFolder: "out/\(series)"))
    if let dice {
      try audit.recordScores(
        run,
        [
          ScoreEntry(
            referenceSHA256: SHA256Digest(of: "mask"), label: 1, labelName: "Anterior", dice: dice, hd95Millimetres: 1,
            nsd1Millimetre: 0.9, volumeMillilitres: 1.5, referenceVolumeMillilitres: 1.4)
        ])
    }
    return run.text
  }

  @Test func listsByTrustLabelAndTime() throws {
    let fixture = try AuditFixture()
    let good = try run(fixture, "1", verdict: "good", dice: 0.9)
    let poor = try run(fixture, "2", verdict: "poor", dice: 0.4)
    let unjudged = try run(fixture, "3", verdict: nil)
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

  /// Arguments are values, whatever they look like.
  @Test(arguments: ["' OR 1=1 --", "x'; DROP TABLE run; --", "\u{0}", "%", "*", "1 OR 1"])
  func hostileArgumentsAreOnlyValues(text: String) throws {
    let fixture = try AuditFixture()
    _ = try run(fixture, "1", verdict: "good", dice: 0.5)
    for filter in [RunFilter(rule: text), RunFilter(label: text), RunFilter(trust: text), RunFilter(seriesUID: text)] {
      #expect(try fixture.audit.list(filter).rows.isEmpty)
    }
    #expect(try fixture.audit.trend(RunFilter(label: text)).rows.isEmpty)
    #expect(try fixture.audit.scores(rule: text).rows.isEmpty)
    #expect(try fixture.audit.list().rows.count == 1)
  }

  @Test func viewsOfTrustAndVolumes() throws {
    let fixture = try AuditFixture()
    let poor = try run(fixture, "1", verdict: "poor")
    _ = try run(fixture, "2", verdict: nil)
    let trust = try fixture.audit.ask(sql: "SELECT run_id, verdict, expected_dice, warnings, hold FROM trust")
    #expect(
      trust.rows == [[.text(poor), .text("poor"), .real(0.8), .text(#"["voxels are thick"]"#), .integer(1)]])
    #expect(try fixture.audit.ask(sql: "SELECT fold_dice FROM trust_labels").rows == [[.real(0.9)]])
    #expect(try fixture.audit.ask(sql: "SELECT volume_ml FROM volumes").rows == [[.real(1.5)], [.real(1.5)]])
    for view in ExportedView.allCases { #expect(!(try fixture.audit.export(view).columns.isEmpty)) }
  }

  @Test func trendsAndTables() throws {
    let fixture = try AuditFixture()
    let first = try run(fixture, "1", verdict: "good", dice: 0.9)
    let second = try run(fixture, "2", verdict: nil)
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

  @Test func aPageOfALabBook() throws {
    let fixture = try AuditFixture()
    let run = try run(fixture, "1.2.3", verdict: "poor", dice: 0.4, warning: "odd\u{1B}[31m scan")
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
