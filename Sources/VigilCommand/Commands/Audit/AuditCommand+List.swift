import ArgumentParser
import Audit
import Foundation

extension AuditCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs, newest first; or what waits for a review, the worst trust first.")
    @OptionGroup var output: OutputOption
    @OptionGroup var format: FormatFlags
    @Flag(name: .long, help: "Results that nobody has reviewed, the worst trust first, and why.") var queue = false
    @OptionGroup var filter: AuditFilter
    @Option(name: .long, help: "Only segmented, unmatched, refused or failed runs.") var outcome: String?
    @Option(name: .long, help: "Only runs with a Dice below this (with --label: of that label).") var diceBelow: Double?
    @Option(name: .long, help: "Only runs that were judged good, doubtful or poor.") var trust: String?
    @Option(name: .long, help: "At most this many.") var limit = 100

    mutating func run() throws {
      let wanted = try filter.runs(
        limit: limit, outcome: AuditWords.outcome(outcome), trust: AuditWords.verdict(trust), diceBelow: diceBelow,
        isQueue: queue)
      try AuditCommand.answer(
        output, format,
        columns: queue
          ? ["id", "trust", "expected_dice", "dice", "output_folder", "why"]
          : ["id", "rule", "outcome", "seconds", "dice", "trust", "expected_dice", "output_folder", "error"]
      ) { try $0.list(wanted) }
    }
  }

  struct Scores: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Agreement with supplied masks, newest first.")
    @OptionGroup var output: OutputOption
    @OptionGroup var format: FormatFlags
    @Option(name: .long, help: "Only runs of this rule.") var rule: String?
    @Option(name: .long, help: "Only this label, by its name or its number.") var label: String?
    @Option(name: .long, help: "Only a Dice below this.") var diceBelow: Double?
    @Option(name: .long, help: "At most this many.") var limit = 1000

    mutating func run() throws {
      guard limit > 0 else { throw ValidationError("--limit: at least 1") }
      let (rule, label, diceBelow, limit) = (rule, label, diceBelow, limit)
      try AuditCommand.answer(
        output, format,
        columns: [
          "run_id", "rule", "label", "label_name", "dice", "hd95_mm", "nsd_1mm", "volume_ml", "reference_volume_ml",
        ]
      ) { try $0.scores(rule: rule, label: label, diceBelow: diceBelow, limit: limit) }
    }
  }
}
