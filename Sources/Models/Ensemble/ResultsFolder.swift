package import Foundation
import Preprocessing

/// A folder with several trained models, as nnU-Net v2 keeps them for one data set: `Trainer__Plans__configuration` folders and,
/// after `nnUNetv2_find_best_configuration`, `inference_information.json`.
package struct ResultsFolder {
  /// Name of nnU-Net's file that says which configuration or ensemble won.
  package static let selectionName = "inference_information.json"

  /// The three parts of a trained-model folder's name.
  package struct ModelName: Hashable, Sendable {
    /// The trainer's name.
    package let trainer: String
    /// The plan's name.
    package let plans: String
    /// The configuration's name.
    package let configuration: String

    /// The folder's name.
    package var folderName: String { "\(trainer)__\(plans)__\(configuration)" }

    /// From its parts.
    package init(trainer: String, plans: String, configuration: String) {
      (self.trainer, self.plans, self.configuration) = (trainer, plans, configuration)
    }

    /// From the folder's name; nil if it has not three parts.
    package init?(_ folderName: String) {
      let parts = folderName.components(separatedBy: "__")
      guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
      self.init(trainer: parts[0], plans: parts[1], configuration: parts[2])
    }
  }

  /// The folder itself.
  package let url: URL
  /// The trained models in it, sorted by name.
  package let models: [ModelName]

  /// Nil when `url` holds no trained-model folder.
  package init?(_ url: URL) {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    models = names.compactMap { ModelName($0) }.filter { name in
      FileManager.default.fileExists(atPath: url.appending(path: "\(name.folderName)/plans.json").path)
    }
    guard !models.isEmpty else { return nil }
    self.url = url
  }

  /// What won: the members, the folds, and the file that says what to remove afterwards (relative; it may not exist).
  struct Selection {
    let members: [ModelName]
    let folds: [String]
    let postprocessing: String
  }

  /// Reads `inference_information.json`; nil when there is none.
  func selection() throws(ModelError) -> Selection? {
    let file = url.appending(path: Self.selectionName)
    guard let data = try? Data(contentsOf: file) else { return nil }
    let json: JSONValue
    do throws(JSONSyntaxError) { json = try JSONValue(parsing: data) } catch {
      throw ModelError(.malformed, file, error.description)
    }
    let members = (json["best_model_or_ensemble"]?["selected_model_or_models"]?.elements ?? []).compactMap {
      Self.member($0)
    }
    let folds = (json["folds"]?.elements ?? []).compactMap { fold in fold.wholeNumber.map { String($0) } ?? fold.text }
    guard !members.isEmpty, !folds.isEmpty, folds.allSatisfy({ FoldSelection("fold_\($0)") != nil }) else {
      throw ModelError(.malformed, file, "expected folds and best_model_or_ensemble.selected_model_or_models")
    }
    return Selection(members: members, folds: folds, postprocessing: Self.postprocessing(members, folds))
  }

  private static func member(_ json: JSONValue) -> ModelName? {
    guard let configuration = json["configuration"]?.text, let trainer = json["trainer"]?.text,
      let plans = json["plans_identifier"]?.text
    else { return nil }
    return ModelName(trainer: trainer, plans: plans, configuration: configuration)
  }

  /// Where nnU-Net leaves it; the path inside its JSON is of the machine it ran on.
  package static func postprocessing(_ members: [ModelName], _ folds: [String]) -> String {
    let folds = folds.joined(separator: "_")
    if members.count == 1 { return "\(members[0].folderName)/crossval_results_folds_\(folds)/postprocessing.json" }
    return
      "ensembles/ensemble___\(members.map { $0.folderName }.joined(separator: "___"))___\(folds)/postprocessing.json"
  }
}
