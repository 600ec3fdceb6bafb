import Foundation
import Models
import Preprocessing

/// The files in which a selection is kept, with nnU-Net's names and keys.
struct SelectionRecord {
  let outcome: ModelSelection.Outcome
  let members: [ResultsFolder.ModelName]
  let dataset: DatasetFolder
  let results: URL

  func write() throws(SelectionError) {
    let path = ResultsFolder.postprocessing(members, outcome.folds.map { String($0) })
    try put(outcome.finding.postprocessing.json, path)
    try put(information(path), ResultsFolder.selectionName)
    try put(CrossValidationTable(outcome).json, CrossValidationTable.fileName)
  }

  private func information(_ postprocessing: String) -> JSONValue {
    let selected = members.map { name in
      JSONValue.object([
        .init("configuration", .string(name.configuration)), .init("trainer", .string(name.trainer)),
        .init("plans_identifier", .string(name.plans)),
      ])
    }
    let means = outcome.candidates.map { candidate in
      JSONValue.Member(candidate.models.joined(separator: "___"), .real(candidate.foregroundMean))
    }
    return .object([
      .init("folds", .array(outcome.folds.map { .integer($0) })),
      .init("dataset_name_or_id", .string(dataset.folder.lastPathComponent)),
      .init("all_results", .object(means)),
      .init(
        "best_model_or_ensemble",
        .object([
          .init("result_on_crossval_pre_pp", .real(outcome.finding.before.foregroundMean)),
          .init("result_on_crossval_post_pp", .real(outcome.finding.after.foregroundMean)),
          .init("postprocessing_file", .string(postprocessing)),
          .init("selected_model_or_models", .array(selected)),
        ])),
    ])
  }

  private func put(_ json: JSONValue, _ path: String) throws(SelectionError) {
    let file = results.appending(path: path)
    do {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try json.data.write(to: file, options: .atomic)
    } catch { throw SelectionError("\(file.path) cannot be written: \(error.localizedDescription)") }
  }
}
