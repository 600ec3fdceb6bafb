import ArgumentParser
import Foundation
import Networks
import Preprocessing
import Training
import Writers

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train one fold of a planned configuration, and segment the cases it held back.",
    discussion:
      "Every epoch leaves a checkpoint; a run that was stopped, however, goes on with --resume and ends with the same weights. A cascade's second stage needs every fold of the first. SIGINT and SIGTERM stop it at the next iteration, a second one at once. Prepared cases are kept in preprocessed/, below the results."
  )

  @Argument(help: "The data set: dataset.json, imagesTr, labelsTr.") var dataset: String
  @OptionGroup var results: ResultsOption
  @Option(name: .long, help: "A configuration of plans.json: 2d, 3d_fullres, ...") var configuration: String
  @Option(name: .long, help: "0 to 4.") var fold: Int
  @Flag(name: .long, help: "Go on with a run that was stopped.") var resume = false
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A checkpoint_final.safetensors of the same network, to begin with in place of random weights. A fold's own, or one that never saw its validation cases: Dice lies otherwise.",
      valueName: "file"))
  var pretrainedWeights: String?
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

  mutating func run() throws {
    try orExit(.scanFailed) {
      let data = try DatasetFolder(URL(filePath: dataset).absoluteURL)
      let training = TrainingFolder(results.folder(of: data))
      let plans = try training.plans()
      let planned = try plans.configuration(configuration)
      let settings = TrainingSettings(
        recipe: TrainingFolder.recipe(of: plans), epochs: epochs, iterations: iterations,
        validationIterations: max(1, iterations / 5), seed: seed)
      let folds = try folds(data)
      let split = folds.folds[fold]
      let model = try training.model(
        data, plans: plans, configuration: configuration, trainer: settings.trainerName)
      let folder = model.appending(path: "fold_\(fold)")
      let trainer = try Trainer(
        dataset: data.description, configuration: planned, fold: fold, settings: settings,
        pretrained: try pretrainedWeights.map { try PretrainedWeights(URL(filePath: $0)) },
        storesHalfPrecision: halfPrecision, folder: folder, threads: jobs)
      let previous = try PreviousStage(of: planned, beside: model, dataset: data.description, folds: folds)
      try previous?.check(dataset: dataset)
      let preparing = CaseProgress("prepared")
      var set = try TrainingSet(
        data, names: split.training + split.validation, plans: plans, configuration: planned,
        cache: PreparedCache(
          results: training.url, dataset: data.description, plans: plans, configuration: planned)
      ) { done in
        if Printing.isTerminal { preparing.show(done, of: split.training.count + split.validation.count) }
      }
      if let previous { set = try set.joined(with: previous) }
      let heldBack = data.cases.map { $0.name }.filter(Set(split.validation).contains)
      let passes = try passes(planned, heldBack.map { set.cases[$0]?.shape ?? [] })
      let time = TrainingTime(
        epochs: epochs, training: iterations, validation: settings.validationIterations,
        finished: resume ? EpochRecord.all(in: folder.appending(path: Trainer.logName)).count : 0,
        passes: passes.reduce(0, +), batch: planned.batchSize ?? 1)
      try train(trainer, set, split, folder, time)
      try validate(data, model, split, previous, passes)
    }
  }

  /// Trains until the end, or until a signal asks to stop; the exit status is then the shell's for that signal.
  private func train(
    _ trainer: Trainer, _ set: TrainingSet, _ split: FiveFolds.Fold, _ folder: URL, _ time: TrainingTime
  ) throws {
    StopSignals.listen()
    defer { StopSignals.end() }
    var time = time
    let asked = {
      time.begin(at: .now)
      if Printing.isTerminal { Printing.progress("epoch \(time.epoch) of \(epochs), \(time.place)\(Self.left(time))") }
      return StopSignals.requested != nil
    }
    do throws(TrainingError) {
      try trainer.run(set, split: split, resumes: resume, isCancelled: asked) { record in
        try chart(folder)
        time.finish(epochs: record.epoch + 1)
        Printing.aside((Printing.isTerminal ? Printing.clearLine : "") + line(record) + Self.left(time))
        return true
      }
    } catch {
      guard error.isStop, let signal = StopSignals.requested else { throw error }
      Printing.aside("vigil: \(error)")
      throw ExitCode(128 + signal)
    }
  }

  private func folds(_ data: DatasetFolder) throws -> FiveFolds {
    guard (0..<FiveFolds.count).contains(fold) else { throw ValidationError("--fold: 0 to \(FiveFolds.count - 1)") }
    let table = try groups.map { file in
      try FiveFolds.groups(
        parsing: String(contentsOf: URL(filePath: file), encoding: .utf8),
        ending: data.description.fileEnding ?? ".nii.gz")
    }
    return try FiveFolds(cases: data.cases.map { $0.name }, groups: table)
  }

  /// ", about 20 min left", with the cases held back; nothing where nothing can be said yet.
  private static func left(_ time: TrainingTime) -> String {
    time.secondsLeft.map { ", " + TimeLeft.words($0) } ?? ""
  }

  /// Forward passes that segment each of these cases `[D, H, W]`, as prepared.
  private func passes(_ planned: PlanConfiguration, _ shapes: [[Int]]) throws -> [Int] {
    let window = try SlidingWindow(patchSize: planned.patchSize, mirrorAxes: Array(planned.patchSize.indices))
    return shapes.map { $0.count == 3 ? window.passes(over: $0) : 0 }
  }

  /// "epoch 3 of 100: loss -0.412 (validation -0.388), Dice 0.81, rate 0.0097, 12.1 s".
  private func line(_ record: EpochRecord) -> String {
    let dice = record.meanDice.map { String(format: "%.3f", $0) } ?? "-"
    let losses = String(format: "%.3f (validation %.3f)", record.trainingLoss, record.validationLoss)
    let pace = String(format: "rate %.2g, %.1f s", record.learningRate, record.seconds)
    return "epoch \(record.epoch + 1) of \(epochs): loss \(losses), Dice \(dice), \(pace)"
  }

  private func chart(_ folder: URL) throws {
    let epochs = EpochRecord.all(in: folder.appending(path: Trainer.logName)).map { record in
      ProgressChart.Epoch(
        trainingLoss: record.trainingLoss, validationLoss: record.validationLoss, dice: record.meanDice,
        averagedDice: record.averagedDice, learningRate: record.learningRate, seconds: record.seconds)
    }
    guard let png = ProgressChart(title: "\(configuration), fold \(fold)", epochs: epochs).png else { return }
    try Data(png).write(to: folder.appending(path: "progress.png"), options: .atomic)
  }

  private func validate(
    _ data: DatasetFolder, _ model: URL, _ split: FiveFolds.Fold, _ previous: PreviousStage?, _ passes: [Int]
  ) throws {
    let progress = CaseProgress("segmented")
    let scores = try FoldValidation(
      dataset: data, model: model, configuration: configuration, fold: fold, keepsProbabilities: !noProbabilities,
      previousStage: previous
    ).run(cases: split.validation, threads: jobs) { done in
      if Printing.isTerminal { progress.show(done, of: passes.count, weighing: passes) }
    }
    if Printing.isTerminal { FileHandle.standardError.write(Data(Printing.clearLine.utf8)) }
    Printing.answer("label\tdice")
    for (name, dice) in zip(scores.targets, scores.means) {
      Printing.answer("\(name)\t\(String(format: "%.4f", dice))")
    }
  }
}
