import Testing
import Writers

@Suite("Record")
struct RecordJSONTests {
  struct Sample: Encodable {
    let zeta: Double
    let alpha: [String: Int?]
    let path: String
  }

  @Test("the same value gives the same bytes, keys sorted, one final newline")
  func bytes() throws {
    let sample = Sample(zeta: 0.1, alpha: ["b": 1, "a": nil], path: "a/b")
    let text = String(decoding: try RecordJSON.bytes(of: sample), as: UTF8.self)
    #expect(
      text == "{\n  \"alpha\" : {\n    \"a\" : null,\n    \"b\" : 1\n  },\n  \"path\" : \"a/b\",\n  \"zeta\" : 0.1\n}\n"
    )
  }

  @Test("a number that is not finite is refused")
  func notFinite() {
    #expect(throws: EncodingError.self) { try RecordJSON.bytes(of: ["dice": Double.nan]) }
  }
}
