import Intake
import Testing

struct WaitingLineTests {
  private func drain(_ line: inout WaitingLine<String>, at now: Duration = .zero) -> [String] {
    var result: [String] = []
    while let entry = line.next(at: now) { result.append(entry.item) }
    return result
  }

  @Test func theHighestPriorityGoesFirstThenTheLongestWaiting() {
    var line = WaitingLine<String>()
    for (item, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)] {
      line.put(item, for: GroupKey(item), priority: priority)
    }
    #expect(line.count == 5 && line.nextDue == .zero)
    #expect(drain(&line) == ["b", "d", "a", "c", "e"])
    #expect(line.nextDue == nil)
  }

  @Test func newWorkOfAGroupTakesThePlaceOfTheOld() {
    var line = WaitingLine<String>()
    line.put("old", for: GroupKey("x"), priority: 0)
    line.put("other", for: GroupKey("y"), priority: 0)
    line.put("new", for: GroupKey("x"), priority: 0)
    #expect(drain(&line) == ["new", "other"])
    line.put("gone", for: GroupKey("x"), priority: 0)
    let removed = line.remove(GroupKey("x"))
    #expect(removed?.item == "gone" && line.count == 0)
  }

  @Test func whatFailedWaitsLongerEachTimeAndHoldsNobodyUp() throws {
    var line = WaitingLine<String>()
    let pauses = RetryPauses(first: .seconds(10), longest: .seconds(25), attempts: 4)
    line.put("poison", for: GroupKey("p"), priority: 9)
    line.put("good", for: GroupKey("g"), priority: 0)
    var now = Duration.zero
    for (pause, beside) in [(10, "good"), (20, nil), (25, nil)] {
      let next = line.next(at: now)
      let entry = try #require(next)
      #expect(entry.item == "poison")
      let goesOn = line.retry(entry, pauses: pauses, at: now)
      let meanwhile = line.next(at: now + .seconds(pause - 1))
      #expect(goesOn && meanwhile?.item == beside)
      now += .seconds(pause)
      #expect(line.nextDue == now)
    }
    let next = line.next(at: now)
    let last = try #require(next)
    let goesOn = line.retry(last, pauses: pauses, at: now)
    #expect(last.attempts == 3 && !goesOn && line.count == 0)
  }

  @Test func newerWorkIsNotReplacedByARetryOfTheOld() throws {
    var line = WaitingLine<String>()
    line.put("old", for: GroupKey("x"), priority: 0)
    let next = line.next(at: .zero)
    let old = try #require(next)
    line.put("new", for: GroupKey("x"), priority: 0)
    let goesOn = line.retry(old, pauses: RetryPauses(), at: .zero)
    #expect(goesOn && drain(&line) == ["new"])
  }
}
