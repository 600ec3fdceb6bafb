import Foundation
public import Models
public import Preprocessing

/// What a person should read before using a model: data, licence, recipe, how it did on cases it had not seen, and what it must
/// not be used for.
public struct ModelCard {
  /// Its name in a model's folder.
  public static let fileName = "MODEL_CARD.md"

  private let dataset: DatasetFolder
  private let model: ModelSummary
  private let outcome: ModelSelection.Outcome

  /// The card of `model`, selected by `outcome`.
  public init(_ model: ModelEnsemble, dataset: DatasetFolder, outcome: ModelSelection.Outcome) {
    self.dataset = dataset
    self.model = ModelSummary(model)
    self.outcome = outcome
  }

  /// The card.
  public var markdown: String {
    """
    # \(name)

    **Not for clinical use.** Nobody has examined this model as a medical device. It knows scans like those it was trained on;
    on other organs, fields of view, contrasts, scanners, ages or diseases it may fail without a sign.

    | | |
    |---|---|
    | Marks | \(model.labels.joined(separator: ", ")) |
    | Input | \(model.channels.joined(separator: ", ")) |
    | Training data | \(dataset.cases.count) cases; \(text("reference") ?? "dataset.json names no source") |
    | Licence of the data | \(text("licence") ?? text("license") ?? "dataset.json names none") |
    \(model.models.map(row).joined(separator: "\n"))
    | Afterwards | \(postprocessing) |
    | Digest | `\(model.sha256)` |

    ## Cross-validation

    Dice x 100 of whole cases that the fold's network had not seen. Of these the best by mean was selected: \(outcome.winner.title).

    \(CrossValidationTable(outcome).markdown)
    Selecting among \(outcome.candidates.count) by the same cases makes the best one's figures a little too good.

    """
  }

  private var name: String { text("name") ?? dataset.folder.lastPathComponent }

  private func row(_ model: ModelSummary.Model) -> String {
    "| \(model.configuration) | \(model.network), \(model.features) features, \(model.parameters) parameters; patch \(model.patch) of \(model.spacing) mm; trainer \(model.trainer); folds \(model.folds.joined(separator: ", ")) |"
  }

  private var postprocessing: String {
    let steps = model.postprocessing.map { labels in labels.map { String($0) }.joined(separator: " and ") }
    return steps.isEmpty
      ? "nothing is removed" : "only the largest component stays of label " + steps.joined(separator: ", then of ")
  }

  /// A text of `dataset.json`, as one line of a table.
  private func text(_ key: String) -> String? {
    guard let data = try? Data(contentsOf: dataset.folder.appending(path: "dataset.json")),
      let text = (try? JSONValue(parsing: data))?[key]?.text, !text.isEmpty
    else { return nil }
    return text.replacing("\n", with: " ").replacing("|", with: "/")
  }
}
