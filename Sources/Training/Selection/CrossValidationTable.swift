import Foundation
public import Preprocessing

/// Dice per configuration, fold and label, for people (Markdown) and for programs (JSON).
public struct CrossValidationTable: Sendable {
  /// Name of the JSON file in a results folder and in the model made from it.
  public static let fileName = "cross_validation.json"

  private let outcome: ModelSelection.Outcome

  /// The table of a selection.
  public init(_ outcome: ModelSelection.Outcome) { self.outcome = outcome }

  /// One row a configuration and fold; Dice times 100, as papers give it.
  public var markdown: String {
    let targets = outcome.winner.targets
    var rows = [
      "| configuration | fold | cases | \(targets.joined(separator: " | ")) | mean |",
      "|---|---|---|\(String(repeating: "---|", count: targets.count + 1))",
    ]
    for candidate in outcome.candidates {
      for fold in candidate.folds {
        let count = candidate.cases.count { $0.fold == fold.fold }
        rows.append(row(candidate.title, "\(fold.fold)", count, fold.means))
      }
      rows.append(row("**\(candidate.title)**", "all", candidate.cases.count, candidate.means))
    }
    return rows.joined(separator: "\n") + "\n"
  }

  private func row(_ title: String, _ fold: String, _ cases: Int, _ means: [Double]) -> String {
    let mean = means.reduce(0, +) / Double(max(means.count, 1))
    let numbers = (means + [mean]).map { String(format: "%.2f", 100 * $0) }
    return "| \(title) | \(fold) | \(cases) | \(numbers.joined(separator: " | ")) |"
  }

  /// Everything, down to the single case.
  public var json: JSONValue {
    let finding = outcome.finding
    return .object([
      .init("targets", .array(outcome.winner.targets.map { .string($0) })),
      .init("folds", .array(outcome.folds.map { .integer($0) })),
      .init("selected", .string(outcome.winner.title)),
      .init(
        "postprocessing",
        .object([
          .init(
            "keeps_largest_component_of",
            .array(finding.postprocessing.steps.map { .array($0.labels.map { .integer($0) }) })),
          .init("dice_before", .array(finding.before.perTarget.map { .real($0) })),
          .init("dice_after", .array(finding.after.perTarget.map { .real($0) })),
        ])),
      .init("candidates", .array(outcome.candidates.map { Self.json($0) })),
      .init("left_out", .array(outcome.leftOut.map { .string($0) })),
    ])
  }

  private static func json(_ candidate: CandidateScores) -> JSONValue {
    .object([
      .init("models", .array(candidate.models.map { .string($0) })),
      .init("foreground_mean", .real(candidate.foregroundMean)),
      .init("mean", .array(candidate.means.map { .real($0) })),
      .init(
        "per_fold",
        .array(
          candidate.folds.map { fold in
            .object([.init("fold", .integer(fold.fold)), .init("mean", .array(fold.means.map { .real($0) }))])
          })),
      .init(
        "per_case",
        .array(
          candidate.cases.map { item in
            .object([
              .init("case", .string(item.name)), .init("fold", .integer(item.fold)),
              .init("dice", .array(item.dice.map { .real($0) })),
            ])
          })),
    ])
  }
}
