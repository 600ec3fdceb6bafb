import ArgumentParser
import Audit
import Foundation
import Trust

/// Which runs a question is about.
struct AuditFilter: ParsableArguments {
  @Option(name: .long, help: "Only runs of this rule.") var rule: String?
  @Option(name: .long, help: "Only this label, by its name or its number.") var label: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only runs from then on: 2026-11-28, 2026-11-28T15:00:00Z (UTC), or 7d, 12h ago.", valueName: "when"))
  var since: Moment?
  @Option(
    name: .long, help: ArgumentHelp("Only runs before then; a day without a time ends with it.", valueName: "when"))
  var until: Moment?

  func validate() throws {
    if let since, let until, since.start >= until.end { throw ValidationError("--since is not before --until") }
  }

  /// With a limit and, where the question knows them, an outcome, a verdict and a bound for Dice.
  func runs(
    limit: Int, outcome: RunOutcome? = nil, trust: String? = nil, diceBelow: Double? = nil
  ) throws -> RunFilter {
    guard limit > 0 else { throw ValidationError("--limit: at least 1") }
    return RunFilter(
      rule: rule, outcome: outcome, since: since?.start, until: until?.end, diceBelow: diceBelow, label: label,
      trust: trust, limit: limit)
  }
}

/// A moment that a person names: a day, a day with a time (UTC), or a while ago.
struct Moment: ExpressibleByArgument, Equatable {
  let start: Date
  /// Where what it names ends: a day's midnight, else the moment itself.
  let end: Date

  init?(argument: String) { self.init(argument, now: Date()) }

  init?(_ text: String, now: Date) {
    if let ago = Self.ago(text, now) {
      (start, end) = (ago, ago)
      return
    }
    let day = try? Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().parse(text)
    if let day, text.count == 10 {
      (start, end) = (day, day.addingTimeInterval(86400))
      return
    }
    let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
    guard let moment = (try? Date.ISO8601FormatStyle(timeZone: .gmt).parse(text)) ?? (try? withFraction.parse(text))
    else { return nil }
    (start, end) = (moment, moment)
  }

  private static func ago(_ text: String, _ now: Date) -> Date? {
    let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86400, "w": 7 * 86400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), count >= 0, count < 1e6
    else { return nil }
    return now.addingTimeInterval(-count * unit)
  }
}

/// Choices of the record's own words.
enum AuditWords {
  static func verdict(_ word: String?) throws -> String? {
    try word.map { word in
      guard TrustReport.Verdict(rawValue: word) != nil else {
        throw ValidationError("--trust: \(TrustReport.Verdict.allCases.map { $0.rawValue }.joined(separator: ", "))")
      }
      return word
    }
  }

  static func outcome(_ word: String?) throws -> RunOutcome? {
    try word.map { word in
      guard let outcome = RunOutcome(rawValue: word) else {
        throw ValidationError("--outcome: \(RunOutcome.allCases.map { $0.rawValue }.joined(separator: ", "))")
      }
      return outcome
    }
  }
}
