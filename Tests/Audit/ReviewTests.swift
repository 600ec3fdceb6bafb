import Audit
import Foundation
import GRDB
import Testing

@Suite("Verdicts of people")
struct ReviewTests {
  private let fixture: AuditFixture

  init() throws { fixture = try AuditFixture() }

  private func rows(_ view: String) throws -> [[String]] {
    try fixture.audit.ask(sql: "SELECT run_id, verdict, note, reviewer FROM \(view)").rows.map { $0.map { $0.text } }
  }

  @Test("the last verdict stands, the earlier ones stay, and the chain holds them all")
  func verdicts() throws {
    let (one, two) = (try fixture.sealed("1").id, try fixture.sealed("2").id)
    let before = try fixture.audit.lastEvent()
    try fixture.audit.recordReview(one, Review(verdict: .accepted, note: "fine", reviewer: "A. Reader"))
    try fixture.audit.recordReview(two, Review(verdict: .accepted))
    let between = try fixture.audit.lastEvent()
    try fixture.audit.recordReview(one, Review(verdict: .rejected, note: "not \"fine\"; 'quoted' \u{1F600}"))
    let last = [one.text, "rejected", "not \"fine\"; 'quoted' \u{1F600}", ""]
    #expect(
      try rows("reviews") == [[one.text, "accepted", "fine", "A. Reader"], [two.text, "accepted", "", ""], last])
    #expect(try Set(rows("verdicts")) == [last, [two.text, "accepted", "", ""]])
    #expect(try fixture.audit.reviews(of: one).rows.map { $0[1].text } == ["accepted", "rejected"])
    #expect(try fixture.audit.ask(sql: "SELECT count(*) FROM reviews WHERE note IS NULL").rows == [[.integer(1)]])
    #expect(Set(try fixture.audit.runsReviewed(after: before)) == [one, two])
    #expect(try fixture.audit.runsReviewed(after: between) == [one])
    #expect(try fixture.audit.runsReviewed(after: fixture.audit.lastEvent()).isEmpty)
    let chain = try fixture.audit.verifyChain()
    #expect(chain.differences.isEmpty)
    #expect(try Int64(chain.events) == fixture.audit.lastEvent())
  }

  @Test("a verdict cannot be changed or taken back, and a forged one breaks the chain")
  func forgery() throws {
    let run = try fixture.sealed("1").id
    try fixture.audit.recordReview(run, Review(verdict: .rejected, note: "flipped"))
    let change = "UPDATE event SET detail = json_set(detail, '$.verdict', 'accepted') WHERE kind = 'run-reviewed'"
    #expect(throws: DatabaseError.self) { try fixture.tamper(change) }
    #expect(throws: DatabaseError.self) { try fixture.tamper("DELETE FROM event WHERE kind = 'run-reviewed'") }
    try fixture.tamper("DROP TRIGGER event_no_update", change)
    let found = try fixture.audit.verifyChain().differences.map { "\($0)" }
    #expect(found.count == 2 && found[0] == "the database: the trigger event_no_update is gone", "\(found)")
    #expect(found.last?.hasSuffix("its contents have been changed") == true, "\(found)")
  }

  @Test("only a result can be reviewed", arguments: [RunOutcome.refused, .unmatched, .failed])
  func results(outcome: RunOutcome) throws {
    let run = try fixture.sealed("1", outcome: outcome).id
    let none = RunID("20260101T000000Z-000000")
    for id in [run, none] {
      #expect(throws: AuditError.noResult(id)) { try fixture.audit.recordReview(id, Review(verdict: .accepted)) }
    }
    #expect(try rows("reviews").isEmpty)
  }

  @Test("a run's place in the list of results has its verdict and what it is to be trusted")
  func list() throws {
    let plain = try fixture.sealed("1").id
    let run = try fixture.audit.beginRun(seriesUID: "2", software: "v", host: "h")
    let facts = ["trust": ["verdict": "poor"]]
    try fixture.audit.recordStage(run, stage: "postprocessed", startedAt: Date(), seconds: 1, facts: facts)
    _ = try fixture.audit.seal(run, .failed)
    try fixture.audit.recordReview(plain, Review(verdict: .accepted, note: "good"))
    func row(_ answer: Answer, _ place: Int) -> [String: String] {
      Dictionary(uniqueKeysWithValues: zip(answer.columns, answer.rows[place].map { $0.text }))
    }
    let all = try fixture.audit.results()
    #expect(all.rows.count == 2)
    #expect(row(all, 0)["id"] == run.text && row(all, 0)["trust"] == #"{"verdict":"poor"}"#)
    #expect(row(all, 1)["verdict"] == "accepted" && row(all, 1)["note"] == "good" && row(all, 1)["trust"] == "")
    #expect(try fixture.audit.results(only: plain).rows.count == 1)
  }

  @Test(
    "the list of results in parts is the whole list, and what its taker throws comes through",
    arguments: [1, 2, 3, 7, 8])
  func parts(count: Int) throws {
    for number in 1...7 {
      _ = try fixture.audit.seal(fixture.audit.beginRun(seriesUID: "\(number)", software: "v", host: "h"), .failed)
    }
    let all = try fixture.audit.results()
    #expect(all.rows.count == 7)
    #expect(try fixture.audit.results(limit: count).rows == Array(all.rows.prefix(count)))
    var parts: [[[Answer.Value]]] = []
    try fixture.audit.eachResult(inParts: count) { parts.append($0.rows) }
    #expect(Array(parts.joined()) == all.rows && parts.allSatisfy { $0.count <= count && !$0.isEmpty })
    #expect(throws: CancellationError.self) {
      try fixture.audit.eachResult(inParts: count) { _ in throw CancellationError() }
    }
  }

  @Test("nothing is made where nothing is on record")
  func missing() throws {
    let folder = fixture.folder.appending(path: "none")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: AuditDatabase.fileName)
    #expect(throws: AuditError.missing(path: file.path)) { try AuditDatabase.openForReviewing(outputFolder: folder) }
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }
}
