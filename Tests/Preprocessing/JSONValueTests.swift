import Foundation
import Preprocessing
import Testing

@Suite("JSON as Python writes it")
struct JSONValueTests {
  private static func read(_ text: String) throws -> JSONValue { try JSONValue(parsing: Data(text.utf8)) }

  @Test func orderNumbersAndNaNSurvive() throws {
    let value = try Self.read(#"{"b": [1, 1.0, -2.5e-3, NaN, Infinity, -Infinity], "a": {"é\n😀": null}, "c": true}"#)
    #expect(value.members?.map { $0.key } == ["b", "a", "c"])
    let numbers = try #require(value["b"]?.elements)
    #expect(numbers[0] == .integer(1))
    #expect(numbers[1] == .real(1))
    #expect(numbers[2] == .real(-0.0025))
    #expect(numbers[3].number?.isNaN == true)
    #expect(numbers[4] == .real(.infinity))
    #expect(value["a"]?.members?.first?.key == "é\n😀")
    let again = try JSONValue(parsing: value.data)
    #expect(again.formatted == value.formatted)
  }

  @Test func numbersAreWrittenAsPythonDoes() {
    #expect(JSONValue.real(1e-05).formatted == "1e-05")
    #expect(JSONValue.real(1).formatted == "1.0")
    #expect(JSONValue.real(278769.46875).formatted == "278769.46875")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{\"a\": 1,}", "[1] 2", "\"\\x\"", "\"\\ud800\"", "nul", "01x", "-", "\"abc",
    "{\"a\":1,\"a\":2}",
    String(repeating: "[", count: 100_000),
  ])
  func whatIsNoJSONIsAnError(_ text: String) {
    #expect(throws: JSONSyntaxError.self) { try Self.read(text) }
  }

  @Test func theErrorNamesTheLine() {
    #expect { try Self.read("{\n\"a\": 1,\n\"b\": ?\n}") } throws: { ($0 as? JSONSyntaxError)?.line == 3 }
  }
}
