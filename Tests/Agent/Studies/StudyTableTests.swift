import Agent
import Imaging
import Testing

/// A candidate for a channel of the rule `brain`.
func candidate(
  _ series: String, _ channel: Int, study: String = "s", frame: String = "f", description: String = "d",
  acquired: String = "", stored: String = "", depth: Int = 4
) -> ChannelCandidate {
  ChannelCandidate(
    key: StudyKey(rule: "brain", study: study), channel: channel, series: series, frameOfReference: frame,
    acquisition: .init(
      number: "3", acquired: acquired, stored: stored,
      grid: Geometry(
        width: 2, height: 2, depth: depth, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
        kStep: SIMD3(0, 0, 1))),
    title: .init("20260101", "MR", description))
}

@Suite("What is there of a study")
struct StudyTableTests {
  private let key = StudyKey(rule: "brain", study: "s")

  private func offer(_ table: inout StudyTable, _ seconds: Int, arriving: Set<String> = []) -> [StudyKey] {
    table.offer(at: .seconds(seconds), wait: { _ in .seconds(600) }, channels: { _ in 2 }) { arriving.contains($0) }
  }

  @Test("is offered once when all channels are there, in any order", arguments: [[0, 1], [1, 0]])
  func complete(order: [Int]) {
    var table = StudyTable()
    table.note("a", as: [candidate("a", order[0])], at: .zero)
    #expect(offer(&table, 5).isEmpty && table.isWaiting)
    table.note("b", as: [candidate("b", order[1])], at: .seconds(6))
    #expect(offer(&table, 6) == [key])
    #expect(offer(&table, 7).isEmpty && offer(&table, 10_000).isEmpty && !table.isWaiting)
    let names = order[0] == 0 ? ["a", "b"] : ["b", "a"]
    #expect(table.candidates(of: key).map { $0.words } == names.map { "\"d\" (series \($0))" })
  }

  @Test("waits for what is still arriving of it, but never longer than its time")
  func arriving() {
    var table = StudyTable()
    table.note("a", as: [candidate("a", 0)], at: .zero)
    table.note("b", as: [candidate("b", 1)], at: .zero)
    #expect(offer(&table, 1, arriving: ["s"]).isEmpty)
    #expect(offer(&table, 599, arriving: ["s"]).isEmpty)
    #expect(offer(&table, 600, arriving: ["s"]) == [key])
  }

  @Test("waits ten times as long while archives have come that were not opened: what it lacks may be in one")
  func unopened() {
    var table = StudyTable()
    table.note("a", as: [candidate("a", 0)], at: .zero)
    func offer(_ seconds: Int) -> [StudyKey] {
      table.offer(
        at: .seconds(seconds), wait: { _ in .seconds(600) }, channels: { _ in 2 }, hasUnopened: true,
        isArriving: { _ in false })
    }
    #expect(offer(600).isEmpty && offer(5999).isEmpty)
    #expect(offer(6000) == [key])
  }

  @Test("is offered as it is when its time is over; again, with all its time, when something comes")
  func missing() {
    var table = StudyTable()
    table.note("a", as: [candidate("a", 0)], at: .seconds(100))
    #expect(offer(&table, 699).isEmpty)
    #expect(offer(&table, 700) == [key] && offer(&table, 701).isEmpty)
    table.note("c", as: [candidate("c", 0)], at: .seconds(800))
    #expect(offer(&table, 1399).isEmpty)
    #expect(offer(&table, 1400) == [key])
  }

  @Test("a series that changes reopens it; one that goes leaves it waiting, and the last takes it off the books")
  func changes() {
    var table = StudyTable()
    table.note("a", as: [candidate("a", 0)], at: .zero)
    table.note("b", as: [candidate("b", 1)], at: .zero)
    #expect(offer(&table, 0) == [key])
    table.finish(key)
    #expect(table.note("b", as: [candidate("b", 1)], at: .seconds(1)) == [key])
    #expect(offer(&table, 1) == [key], "late slices")
    #expect(table.note("b", as: [], at: .seconds(2)) == [key])
    #expect(offer(&table, 2).isEmpty && table.isWaiting && !table.holds("b"))
    table.note("a", as: [], at: .seconds(3))
    #expect(!table.isWaiting && table.candidates(of: key).isEmpty)
  }

  @Test("studies do not mix, and a series may change its study or its channel")
  func apart() {
    var table = StudyTable()
    table.note("a", as: [candidate("a", 0)], at: .zero)
    table.note("b", as: [candidate("b", 1, study: "t")], at: .zero)
    #expect(offer(&table, 0).isEmpty)
    #expect(table.note("b", as: [candidate("b", 1)], at: .zero).count == 2)
    #expect(offer(&table, 0) == [key])
    table.note("b", as: [candidate("b", 0)], at: .zero)
    #expect(offer(&table, 0).isEmpty, "both are channel 0 now")
  }

  @Test("when rules change, what is not finished is asked about again, what is finished is not")
  func rules() {
    var table = StudyTable()
    for (index, study) in ["s", "t"].enumerated() {
      table.note("a\(index)", as: [candidate("a\(index)", 0, study: study)], at: .zero)
      table.note("b\(index)", as: [candidate("b\(index)", 1, study: study)], at: .zero)
    }
    #expect(offer(&table, 0).count == 2)
    table.finish(key)
    #expect(table.dropUnfinished() == ["a1", "b1"])
    #expect(table.holds("a0") && !table.holds("a1") && !table.isWaiting)
  }
}

@Suite("The choice of a study's channels")
struct StudyChoiceTests {
  private func problem(_ candidates: [ChannelCandidate], waited: String? = nil) -> String {
    do throws(StudyProblem) {
      _ = try StudyChoice(of: candidates, channels: ["T1", "FLAIR"], waited: waited)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("names what is missing and what is there")
  func missing() {
    #expect(
      problem([candidate("1.2", 1, description: "ax")], waited: "10 min")
        == "no series for channel T1 after 10 min; the study has FLAIR \"ax\" (series 1.2)")
  }

  @Test("two for one channel are an error with both names, in either order, whatever else is missing")
  func twice() {
    let (a, b) = (candidate("1", 0), candidate("2", 0))
    let words = "several series for channel T1: \"d\" (series 1), \"d\" (series 2); make its conditions tell them apart"
    #expect(problem([a, b, candidate("3", 1)]) == words)
    #expect(
      problem([a, b]).hasPrefix("no series for channel FLAIR; the study has") && problem([a, b]).hasSuffix(words))
  }

  @Test(
    "the newer of two is taken where it is the same acquisition sent again, and only then",
    arguments: [
      ("20260101120000", "20260101130000", "20260101140000", 4, true),
      ("20260101120000", "20260101130000", "20260101130000", 4, false),
      ("", "20260101130000", "20260101140000", 4, false),
      ("20260101120000", "", "20260101140000", 4, false),
      ("20260101120000", "20260101130000", "20260101140000", 5, false),
    ] as [(String, String, String, Int, Bool)])
  func resend(acquired: String, first: String, second: String, depth: Int, isTaken: Bool) throws {
    let old = candidate("1", 0, acquired: acquired, stored: first)
    let new = candidate("2", 0, acquired: acquired, stored: second, depth: depth)
    let rest = candidate("3", 1)
    guard isTaken else { return #expect(problem([old, new, rest]).contains("several series for channel T1")) }
    for order in [[old, new, rest], [rest, new, old]] {
      let choice = try StudyChoice(of: order, channels: ["T1", "FLAIR"], waited: nil)
      #expect(choice.chosen == [new, rest] && choice.passedOver == [old])
    }
  }

  @Test("channels must share a frame of reference, and have one", arguments: [("f", "g"), ("", ""), ("f", "")])
  func frames(first: String, second: String) {
    let found = problem([candidate("1", 0, frame: first), candidate("2", 1, frame: second)])
    #expect(found.contains("do not share a FrameOfReferenceUID (0020,0052): T1 \(first.isEmpty ? "has none" : first)"))
    #expect(problem([candidate("1", 0), candidate("2", 1)]).isEmpty)
  }
}
