import Agent
import ArgumentParser
import Foundation
import Preprocessing
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train one fold of a planned configuration, and segment the cases it held back; or all of them.",
    discussion:
      "Every epoch leaves a checkpoint; a run that was stopped, however, goes on with --resume and ends with the same weights. A cascade's second stage needs every fold of the first. SIGINT and SIGTERM stop it at the next iteration, a second one at once. Prepared cases are kept in preprocessed/, below the results. `all` configurations or folds are trained one after the other, or with --executor slurm as jobs on a cluster; what is finished is left as it is, what was begun goes on, and all folds end with the selection."
  )

  @Argument(help: "The data set: dataset.json, imagesTr, labelsTr.") var dataset: String
  @OptionGroup var results: ResultsOption
  @Option(name: .long, help: "A configuration of plans.json: 2d, 3d_fullres, ...; or all.") var configuration: String
  @Option(name: .long, help: "0 to 4, or all.") var fold: FoldChoice
  @Flag(name: .long, help: "Go on with a run that was stopped.") var resume = false
  @Option(name: .long, help: "Where it is computed: local, or slurm (docs/cluster.md).") var executor = Executor.local
  @Option(name: .long, help: "Folder of rules, for its executor.yaml.") var rules = "Rules"
  @OptionGroup var writable: WritableRulesFlag
  @Option(
    name: .long,
    help: ArgumentHelp("Of all folds: write the selected model here; must not exist.", valueName: "dir"))
  var model: String?
  @Flag(name: .long, help: "Say what would be trained, and do nothing.") var dryRun = false
  @Flag(name: .long, help: "Only prepare the cases, for all folds alike.") var prepareOnly = false
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A checkpoint_final.safetensors of the same network, to begin with in place of random weights. A fold's own, or one that never saw its validation cases: Dice lies otherwise.",
      valueName: "file"))
  var pretrainedWeights: String?
  @Option(
    name: .long, help: "all of the recipe, or mirroring alone, for the last epochs of a short training.")
  var augmentation = Changes.all
  @Option(name: .long, help: "Epochs; the rate falls to 0 over them.") var epochs = 1000
  @Option(name: .long, help: "Training batches of an epoch; a fifth as many validate.") var iterations = 250
  @Option(name: .long, help: "Decides the first weights and every batch.") var seed: UInt64 = 12345
  @Option(name: .long, help: "Threads (default: one for each processor). The weights do not depend on it.") var jobs:
    Int?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Tab-separated table with a header: case, and a column group, patient or subject (else the second), whose cases stay together.",
      valueName: "file"))
  var groups: String?
  @Flag(
    name: .long,
    help: "Round the finished network's weights to half precision: half the size; validated as rounded.")
  var halfPrecision = false
  @Flag(name: .long, help: "Keep no probabilities of the validation cases (`select` cannot try ensembles then).")
  var noProbabilities = false

  /// Where a training is computed.
  enum Executor: String, ExpressibleByArgument, CaseIterable {
    case local, slurm
  }

  /// Of the patches, in training.
  enum Changes: String, ExpressibleByArgument, CaseIterable {
    case all, mirroring
  }

  func validate() throws {
    guard model == nil || fold == .all else { throw ValidationError("--model: only --fold all ends with a selection") }
  }

  mutating func run() throws {
    StopSignals.listen()
    defer { StopSignals.end() }
    try orExit(.scanFailed) {
      do { try work(TrainingWork(self)) } catch let error as TrainingError where error.isStop {
        guard let signal = StopSignals.requested else { throw error }
        Printing.aside("vigil: \(error)")
        throw ExitCode(128 + signal)
      }
    }
  }

  private func work(_ work: TrainingWork) throws {
    if prepareOnly { return try work.prepare() }
    if case .one(let fold) = fold, configuration != Self.all, executor == .local, !dryRun {
      return try work.train(configuration, fold: fold)
    }
    let plan = try TrainingPlan(work)
    switch executor {
    case .local: try plan.carryOut()
    case .slurm: try plan.queue()
    }
  }

  /// What stands for every configuration.
  static let all = "all"
}

/// Which folds are trained.
enum FoldChoice: ExpressibleByArgument, Equatable {
  case all
  case one(Int)

  init?(argument: String) {
    if argument == TrainCommand.all {
      self = .all
    } else if let number = Int(argument), (0..<FiveFolds.count).contains(number) {
      self = .one(number)
    } else {
      return nil
    }
  }

  /// Their numbers.
  var numbers: [Int] {
    switch self {
    case .all: Array(0..<FiveFolds.count)
    case .one(let fold): [fold]
    }
  }
}
