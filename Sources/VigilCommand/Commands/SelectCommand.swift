import ArgumentParser
import Foundation
import Preprocessing
import Training

struct SelectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "select",
    abstract: "Choose the best configuration, or ensemble of two, from cross-validation, and make a model of it.",
    discussion:
      "Scores every fold's predictions of the cases it had not seen, finds out which removals of small components help, and with --model writes a folder that a rule runs."
  )

  @Argument(help: "The data set: dataset.json, imagesTr, labelsTr.") var dataset: String
  @OptionGroup var results: ResultsOption
  @Option(name: .long, help: ArgumentHelp("Write the selected model here; must not exist.", valueName: "dir"))
  var model: String?
  @Option(name: .long, help: "The folds that together held back every case once.")
  var folds = "0,1,2,3,4"
  @Flag(name: .long, help: "Compare single configurations only.") var noEnsembles = false
  @Flag(name: .long, help: "The comparison as JSON, down to the single case.") var json = false

  mutating func run() throws {
    let numbers = folds.split(separator: ",").compactMap { Int($0) }
    guard !numbers.isEmpty, numbers.count == folds.split(separator: ",").count, Set(numbers).count == numbers.count
    else { throw ValidationError("--folds: numbers such as 0,1,2,3,4") }
    try orExit(.scanFailed) {
      let data = try DatasetFolder(URL(filePath: dataset).absoluteURL)
      let folder = results.folder(of: data)
      let outcome = try ModelSelection(
        dataset: data, results: folder, folds: numbers, allowsEnsembles: !noEnsembles
      ).run()
      for reason in outcome.leftOut { Printing.aside("left out: \(reason)") }
      let table = CrossValidationTable(outcome)
      Printing.answer(json ? table.json.formatted : table.markdown)
      Printing.aside("selected: \(outcome.winner.title)")
      guard let model else { return }
      try outcome.writeModel(from: folder, to: URL(filePath: model).absoluteURL, dataset: data)
      Printing.aside("written: \(model)")
    }
  }
}
