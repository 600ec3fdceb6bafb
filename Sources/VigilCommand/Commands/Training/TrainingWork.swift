import ArgumentParser
import Foundation
import Models
import Networks
import Preprocessing
import Training
import Writers

/// What `vigil train` works on: the data set, its plan, and what the command line says of the training.
struct TrainingWork {
  let options: TrainCommand
  let data: DatasetFolder
  let training: TrainingFolder
  let plans: Plans
  let settings: TrainingSettings
  let folds: FiveFolds
  private let pretrained: PretrainedWeights?

  init(_ options: TrainCommand) throws {
    self.options = options
    data = try DatasetFolder(URL(filePath: options.dataset).absoluteURL)
    training = TrainingFolder(options.results.folder(of: data))
    plans = try training.plans()
    pretrained = try options.pretrainedWeights.map { try PretrainedWeights(URL(filePath: $0)) }
    settings = TrainingSettings(
      recipe: TrainingFolder.recipe(of: plans), epochs: options.epochs, iterations: options.iterations,
      validationIterations: max(1, options.iterations / 5), seed: options.seed,
      augmentation: options.augmentation == .all ? .all : .mirroring)
    let ending = data.description.fileEnding ?? ".nii.gz"
    let table = try options.groups.map { file in
      try FiveFolds.groups(parsing: String(contentsOf: URL(filePath: file), encoding: .utf8), ending: ending)
    }
    folds = try FiveFolds(
      cases: data.cases.map { $0.name }, groups: table, splitsIn: [training.url, data.folder])
  }

  /// The configurations that are trained, a cascade's first stage before its second.
  func configurations() throws -> [PlanConfiguration] {
    let names = options.configuration == TrainCommand.all ? plans.configurationNames : [options.configuration]
    let planned = try names.map { try plans.configuration($0) }
    return planned.filter { $0.previousStage == nil } + planned.filter { $0.previousStage != nil }
  }

  /// Where a configuration's training lies, there or not.
  func place(_ configuration: String) -> URL {
    training.place(plans: plans, configuration: configuration, trainer: settings.trainerName)
  }

  /// Whether nothing is left to be done of a fold.
  func isFinished(_ configuration: String, fold: Int) throws -> Bool {
    var begun = settings
    begun.pretrainedSHA256 = pretrained?.sha256
    begun.splitSHA256 = folds.folds[fold].sha256
    let standing = try FoldStanding(of: place(configuration).appending(path: "fold_\(fold)"), settings: begun)
    return try standing.isTrained
      && validation(configuration, fold).isDone(cases: folds.folds[fold].validation, plans: plans)
  }

  private func validation(_ configuration: String, _ fold: Int, _ previous: PreviousStage? = nil) -> FoldValidation {
    FoldValidation(
      dataset: data, model: place(configuration), configuration: configuration, fold: fold,
      keepsProbabilities: !options.noProbabilities, previousStage: previous)
  }

  /// Prepares the cases of every configuration.
  func prepare() throws {
    for planned in try configurations() { _ = try prepared(planned, data.cases.map { $0.name }) }
  }

  private func prepared(_ planned: PlanConfiguration, _ names: [String]) throws -> TrainingSet {
    let progress = CaseProgress("prepared")
    return try TrainingSet(
      data, names: names, plans: plans, configuration: planned,
      cache: PreparedCache(results: training.url, dataset: data.description, plans: plans, configuration: planned),
      threads: options.jobs, isCancelled: { StopSignals.requested != nil }
    ) { done in
      if Printing.isTerminal { progress.show(done, of: names.count) }
    }
  }

  /// Trains one fold, and segments the cases that it held back.
  func train(_ configuration: String, fold: Int) throws {
    let (planned, split) = (try plans.configuration(configuration), folds.folds[fold])
    let model = try training.model(data, plans: plans, configuration: configuration, trainer: settings.trainerName)
    let folder = model.appending(path: "fold_\(fold)")
    let trainer = try Trainer(
      dataset: data.description, configuration: planned, fold: fold, settings: settings, pretrained: pretrained,
      storesHalfPrecision: options.halfPrecision, folder: folder, threads: options.jobs)
    let previous = try PreviousStage(of: planned, beside: model, dataset: data.description, folds: folds)
    try previous?.check(dataset: options.dataset)
    var set = try prepared(planned, split.training + split.validation)
    if let previous { set = try set.joined(with: previous) }
    let heldBack = data.cases.map { $0.name }.filter(Set(split.validation).contains)
    let passes = try passes(planned, heldBack.map { set.cases[$0]?.shape ?? [] })
    let time = TrainingTime(
      epochs: options.epochs, training: options.iterations, validation: settings.validationIterations,
      finished: options.resume ? EpochRecord.all(in: folder.appending(path: Trainer.logName)).count : 0,
      passes: passes.reduce(0, +), batch: planned.batchSize ?? 1)
    try train(trainer, set, split, folder, title: "\(configuration), fold \(fold)", time)
    try validate(configuration, fold, split, previous, passes)
  }

  /// Forward passes that segment each of these cases `[D, H, W]`, as prepared.
  private func passes(_ planned: PlanConfiguration, _ shapes: [[Int]]) throws -> [Int] {
    let window = try SlidingWindow(patchSize: planned.patchSize, mirrorAxes: Array(planned.patchSize.indices))
    return shapes.map { $0.count == 3 ? window.passes(over: $0) : 0 }
  }

  private func train(
    _ trainer: Trainer, _ set: TrainingSet, _ split: FiveFolds.Fold, _ folder: URL, title: String, _ time: TrainingTime
  ) throws {
    var time = time
    let asked = {
      time.begin(at: .now)
      if Printing.isTerminal {
        Printing.progress("epoch \(time.epoch) of \(options.epochs), \(time.place)\(Self.left(time))")
      }
      return StopSignals.requested != nil
    }
    try trainer.run(set, split: split, resumes: options.resume, isCancelled: asked) { record in
      try chart(folder, title)
      time.finish(epochs: record.epoch + 1)
      Printing.aside((Printing.isTerminal ? Printing.clearLine : "") + line(record) + Self.left(time))
      return true
    }
  }

  /// ", about 20 min left", with the cases held back; nothing where nothing can be said yet.
  private static func left(_ time: TrainingTime) -> String {
    time.secondsLeft.map { ", " + TimeLeft.words($0) } ?? ""
  }

  /// "epoch 3 of 100: loss -0.412 (validation -0.388), Dice 0.81, rate 0.0097, 12.1 s".
  private func line(_ record: EpochRecord) -> String {
    let dice = record.meanDice.map { String(format: "%.3f", $0) } ?? "-"
    let losses = String(format: "%.3f (validation %.3f)", record.trainingLoss, record.validationLoss)
    let pace = String(format: "rate %.2g, %.1f s", record.learningRate, record.seconds)
    return "epoch \(record.epoch + 1) of \(options.epochs): loss \(losses), Dice \(dice), \(pace)"
  }

  private func chart(_ folder: URL, _ title: String) throws {
    let epochs = EpochRecord.all(in: folder.appending(path: Trainer.logName)).map { record in
      ProgressChart.Epoch(
        trainingLoss: record.trainingLoss, validationLoss: record.validationLoss, dice: record.meanDice,
        averagedDice: record.averagedDice, learningRate: record.learningRate, seconds: record.seconds)
    }
    guard let png = ProgressChart(title: title, epochs: epochs).png else { return }
    try Data(png).write(to: folder.appending(path: "progress.png"), options: .atomic)
  }

  private func validate(
    _ configuration: String, _ fold: Int, _ split: FiveFolds.Fold, _ previous: PreviousStage?, _ passes: [Int]
  ) throws {
    let progress = CaseProgress("segmented")
    let scores = try validation(configuration, fold, previous).run(
      cases: split.validation, threads: options.jobs, isCancelled: { StopSignals.requested != nil }
    ) { done in
      if Printing.isTerminal { progress.show(done, of: passes.count, weighing: passes) }
    }
    if Printing.isTerminal { FileHandle.standardError.write(Data(Printing.clearLine.utf8)) }
    Printing.answer("label\tdice")
    for (name, dice) in zip(scores.targets, scores.means) {
      Printing.answer("\(name)\t\(String(format: "%.4f", dice))")
    }
  }
}
