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
    limit: Int, outcome: RunOutcome? = nil, trust: String? = nil, diceBelow: Double? = nil,
    isQueue: Bool = false
  ) throws -> RunFilter {
    guard limit > 0 else { throw ValidationError("--limit: at least 1") }
    return RunFilter(
      rule: rule, outcome: outcome, since: since?.start, until: until?.end, diceBelow: diceBelow, label: label,
      trust: trust, isQueue: isQueue, limit: limit)
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
