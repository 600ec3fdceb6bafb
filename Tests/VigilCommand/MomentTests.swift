import Foundation
import Testing
import VigilCommand

@Suite("Moments that people name")
struct MomentTests {
  /// 2026-11-28T15:30:00Z.
  private static let now = Date(timeIntervalSince1970: 1_795_879_800)

  @Test("a day begins at midnight UTC and ends with it, leap days too")
  func days() throws {
    let day = try #require(Moment("2026-11-28", now: Self.now))
    #expect(day.start == Self.now.addingTimeInterval(-15.5 * 3600))
    #expect(day.end.timeIntervalSince(day.start) == 86400)
    let leap = try #require(Moment("2024-02-29", now: Self.now))
    #expect(leap.end == Moment("2024-03-01", now: Self.now)?.start)
  }

  @Test("a time is a moment and nothing more, with a fraction or without, in any zone that it names")
  func times() throws {
    for text in ["2026-11-28T15:30:00Z", "2026-11-28T15:30:00.000Z", "2026-11-28T17:30:00+02:00"] {
      let moment = try #require(Moment(text, now: .distantPast), "\(text)")
      #expect(moment.start == Self.now && moment.end == Self.now, "\(text)")
    }
    #expect(Moment("2026-11-28T15:30:00.250Z", now: Self.now)?.start == Self.now.addingTimeInterval(0.25))
  }

  @Test(
    "a while ago counts back from now",
    arguments: [("90m", 5400.0), ("12h", 43200), ("7d", 604800), ("2w", 1_209_600), ("0.5d", 43200), ("0m", 0)])
  func ago(text: String, seconds: Double) throws {
    let moment = try #require(Moment(text, now: Self.now))
    #expect(moment.start == Self.now.addingTimeInterval(-seconds) && moment.end == moment.start)
  }

  @Test(
    "what is no moment is none",
    arguments: [
      "", "d", "7", "-7d", "7 days", "1e9d", "nand", "infd", "yesterday", "2026-13-01", "2026-02-30", "2026-11",
      "28.11.2026",
      "2026-11-28T", "2026-11-28T25:00:00Z", "2026-11-28 15:30:00", "2026-11-28x",
    ])
  func nonsense(text: String) { #expect(Moment(text, now: Self.now) == nil, "\(text)") }
}
