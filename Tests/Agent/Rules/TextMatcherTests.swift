import Agent
import Testing

@Suite("Text conditions")
struct TextMatcherTests {
  private func matcher(_ text: String) throws -> TextMatcher { try TextMatcher.parse(text).get() }

  @Test("that are plain texts hold for the equal value only")
  func plain() throws {
    #expect(try matcher("MR").holds(for: "MR"))
    #expect(try !matcher("MR").holds(for: "MRI"))
    #expect(try !matcher("MR").holds(for: "mr"))
  }

  @Test("between slashes are searched for, in any case with the flag i")
  func expression() throws {
    #expect(try matcher("/hippo|hcrop/i").holds(for: "T1 HIPPO left"))
    #expect(try !matcher("/hippo/").holds(for: "HIPPO"))
    #expect(try matcher("/^头部.*平扫/").holds(for: "头部CT平扫"))
  }

  @Test("with a broken expression or an unknown flag say what is wrong")
  func broken() {
    #expect(throws: TextMatcher.Complaint.self) { try matcher("/(/") }
    #expect(throws: TextMatcher.Complaint.self) { try matcher("/a/x") }
  }
}
