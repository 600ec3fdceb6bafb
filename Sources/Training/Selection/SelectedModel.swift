public import Foundation
public import Models
public import Preprocessing

extension ModelSelection.Outcome {
  /// Makes the selection a folder that a rule runs: the winner's plans and weights, what is removed afterwards, the
  /// cross-validation and the model card. `destination` must not exist.
  @discardableResult
  public func writeModel(
    from results: URL, to destination: URL, dataset: DatasetFolder
  ) throws(SelectionError) -> ModelEnsemble {
    do {
      let model = try ModelImport.run(from: results, to: destination)
      try Data(ModelCard(model, dataset: dataset, outcome: self).markdown.utf8)
        .write(to: destination.appending(path: ModelCard.fileName), options: .atomic)
      try CrossValidationTable(self).json.data
        .write(to: destination.appending(path: CrossValidationTable.fileName), options: .atomic)
      return model
    } catch { throw SelectionError("\(error)") }
  }
}
