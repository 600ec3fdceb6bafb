import ArgumentParser
import Foundation
import Preprocessing
import Training

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Measure a data set and plan its networks.",
    discussion: "Writes dataset_fingerprint.json and plans.json, which can be edited before training.")

  @Argument(help: "The data set: dataset.json, imagesTr, labelsTr.") var dataset: String
  @OptionGroup var results: ResultsOption
  @Option(name: .long, help: "v2: as nnU-Net v2 plans; paper: as its first paper does.")
  var recipe: Recipe = .v2
  @Option(
    name: .long,
    help: ArgumentHelp("Memory to plan for, as v2 counts it (default: 8); less: smaller patches.", valueName: "GB"))
  var memory: Double?

  @Option(name: .long, help: "Features of the first stage, the others in proportion (default: as planned, 32 or 30).")
  var features: Int?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Patches of a batch, of all configurations or of one, as in 2d=48; repeatable (default: as planned).",
      valueName: "n"))
  var batchSize: [String] = []

  enum Recipe: String, ExpressibleByArgument, CaseIterable {
    case v2, paper
  }

  mutating func run() throws {
    if let memory {
      guard recipe == .v2 else { throw ValidationError("--memory: the paper's patches have a fixed volume") }
      guard memory > 0, memory < 1e6 else { throw ValidationError("--memory: a number of GB above 0") }
    }
    try orExit(.scanFailed) {
      let data = try DatasetFolder(URL(filePath: dataset).absoluteURL)
      let folder = TrainingFolder(results.folder(of: data))
      let count = data.cases.count
      let budget = try PlanBudget(features: features, batchSizes: batchSize)
      let plans = try folder.plan(data, recipe: recipe == .v2 ? .v2 : .paper, memory: memory, budget: budget) { done in
        if Printing.isTerminal { Printing.progress("measured \(done) of \(count) cases") }
      }
      Printing.answer("configuration\tspacing\tpatch\tbatch")
      for name in plans.configurationNames {
        let planned = try plans.configuration(name)
        let batch = planned.batchSize.map { "\($0)" } ?? "-"
        Printing.answer("\(name)\t\(planned.spacing)\t\(planned.patchSize)\t\(batch)")
      }
      Printing.aside("written: \(folder.url.appending(path: "plans.json").path)")
    }
  }
}
