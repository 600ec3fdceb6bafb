import Agent
import Testing

@Suite("Number conditions")
struct NumberTestTests {
  @Test(
    "hold on the right side of their bound, and at it where they include it",
    arguments: [
      (">= 16", [15.9: false, 16: true, 17: true]), ("> 16", [16: false, 16.1: true]),
      ("<= 1.5", [1.5: true, 1.6: false]), ("< 5", [4.9: true, 5: false]), ("16", [16: true, 15: false]),
      ("= 16", [16: true, 15: false]), ("16..64", [15: false, 16: true, 64: true, 65: false]),
    ])
  func holds(text: String, expected: [Double: Bool]) throws {
    let test = try #require(NumberTest(text))
    for (number, verdict) in expected { #expect(test.holds(for: number) == verdict, "\(text) for \(number)") }
  }

  @Test("that are none are not read", arguments: ["", "many", ">=", "5..", "9..2", ">= nan", "1 or 2"])
  func unreadable(text: String) {
    #expect(NumberTest(text) == nil)
  }
}
