import Agent
import ArgumentParser
import Foundation
import Preprocessing
import Training

/// A training of several configurations or folds, as the steps that are left to be done: preparing, the folds of each configuration, a
/// cascade's second stage after its first, and the selection.
struct TrainingPlan {
  private let work: TrainingWork
  private let steps: [TrainingStep]
  /// Finished folds, by configuration.
  private let finished: [String: [Int]]
  private let cluster: TrainingQueue?

  private static let preparing = "prepare"
  private static let selecting = "select"

  init(_ work: TrainingWork) throws {
    self.work = work
    let options = work.options
    cluster =
      options.executor == .local
      ? nil
      : try TrainingQueue(
        rules: URL(filePath: options.rules, directoryHint: .isDirectory).absoluteURL,
        allowingWritable: options.writable.allowWritableRules, results: work.training.url,
        title: work.data.folder.lastPathComponent)
    var finished: [String: [Int]] = [:]
    var folds: [TrainingStep] = []
    let planned = try work.configurations()
    for configuration in planned {
      let name = configuration.name
      guard ![Self.preparing, Self.selecting].contains(name) else {
        throw ValidationError("plans.json: a configuration cannot be called \(name)")
      }
      let done = try options.fold.numbers.filter { try work.isFinished(name, fold: $0) }
      finished[name] = done
      let left = options.fold.numbers.filter { !done.contains($0) }
      guard !left.isEmpty else { continue }
      try Self.checkPreviousStage(of: configuration, among: planned, work)
      folds.append(
        TrainingStep(
          name, command: Self.call(work, name, jobs: cluster?.cpus) + ["--resume"], folds: left,
          after: [Self.preparing] + (configuration.previousStage.map { [$0] } ?? []), model: work.place(name).path,
          epochs: options.epochs))
    }
    self.finished = finished
    let all = Self.call(work, options.configuration, jobs: cluster?.cpus) + ["--fold", TrainCommand.all]
    let preparing = folds.isEmpty ? [] : [TrainingStep(Self.preparing, command: all + ["--prepare-only"])]
    steps = preparing + folds + (try Self.selection(work, after: folds.map { $0.name }))
  }

  /// `vigil train` with all that decides the weights, paths absolute.
  private static func call(_ work: TrainingWork, _ configuration: String, jobs: Int?) -> [String] {
    let options = work.options
    let path = { (file: String) in URL(filePath: file).absoluteURL.path }
    var call = [
      "train", work.data.folder.path, "--results", work.training.url.path, "--configuration", configuration,
      "--epochs", "\(options.epochs)", "--iterations", "\(options.iterations)", "--seed", "\(options.seed)",
    ]
    if let jobs = jobs ?? options.jobs { call += ["--jobs", "\(jobs)"] }
    if let file = options.pretrainedWeights { call += ["--pretrained-weights", path(file)] }
    if let file = options.groups { call += ["--groups", path(file)] }
    if options.augmentation != .all { call += ["--augmentation", options.augmentation.rawValue] }
    if options.halfPrecision { call.append("--half-precision") }
    if options.noProbabilities { call.append("--no-probabilities") }
    return call
  }

  /// The selection, where all folds are trained and it was not made since the last of them ended.
  private static func selection(_ work: TrainingWork, after: [String]) throws -> [TrainingStep] {
    guard work.options.fold == .all else { return [] }
    let model = work.options.model.map { URL(filePath: $0).absoluteURL.path }
    let isThere = model.map { FileManager.default.fileExists(atPath: $0) }
    if after.isEmpty, isThere != false, try isSelected(work) { return [] }
    if isThere == true { throw ValidationError("--model: \(model ?? "") is there already") }
    let command = ["select", work.data.folder.path, "--results", work.training.url.path]
    return [TrainingStep(selecting, command: command + (model.map { ["--model", $0] } ?? []), after: after)]
  }

  private static func isSelected(_ work: TrainingWork) throws -> Bool {
    let time = { (file: URL) in
      (try? FileManager.default.attributesOfItem(atPath: file.path))?[.modificationDate] as? Date
    }
    guard let selected = time(work.training.url.appending(path: "inference_information.json")) else { return false }
    return try work.configurations().allSatisfy { configuration in
      work.folds.folds.indices.allSatisfy { fold in
        let summary = "fold_\(fold)/\(FoldValidation.folderName)/\(FoldValidation.summaryName)"
        return time(work.place(configuration.name).appending(path: summary)).map { $0 <= selected } ?? false
      }
    }
  }

  /// A second stage whose first stage is not trained along needs it finished.
  private static func checkPreviousStage(
    of configuration: PlanConfiguration, among planned: [PlanConfiguration], _ work: TrainingWork
  ) throws {
    guard let first = configuration.previousStage else { return }
    if planned.contains(where: { $0.name == first }), work.options.fold == .all { return }
    let previous = try PreviousStage(
      of: configuration, beside: work.place(configuration.name), dataset: work.data.description, folds: work.folds)
    try previous?.check(dataset: work.options.dataset)
  }

  /// Here, one after the other.
  func carryOut() throws {
    guard !isDone() else { return }
    guard !work.options.dryRun else { return tell(steps.map { ($0, "here") }) }
    for step in steps {
      for (index, call) in step.calls.enumerated() {
        let fold = step.folds.map { ", fold \($0[index])" } ?? ""
        Printing.aside("\(step.name)\(fold)")
        try Self.run(call)
      }
    }
  }

  /// Runs a call of `vigil` in this process.
  static func run(_ call: [String]) throws {
    let arguments = Array(call.dropFirst())
    switch call.first {
    case "train":
      var command = try TrainCommand.parse(arguments)
      try command.run()
    case "select":
      var command = try SelectCommand.parse(arguments)
      try command.run()
    default: throw ValidationError("\(call.first ?? "nothing") is no step of a training")
    }
  }

  /// As jobs on a cluster.
  func queue() throws {
    guard let cluster, !isDone() else { return }
    let isDry = work.options.dryRun
    if !isDry {
      // The plan that the folds are trained by is laid down, or refused, before they are queued.
      for step in steps where step.folds != nil {
        _ = try work.training.model(
          work.data, plans: work.plans, configuration: step.name, trainer: work.settings.trainerName)
      }
    }
    let standings = try cluster.submit(steps, isDry: isDry)
    tell(standings.map { ($0.step, ($0.before + ($0.job.map { [$0] } ?? [])).joined(separator: " ")) })
    for standing in standings {
      for note in standing.notes { Printing.aside("\(isDry ? "ended before" : "queued again"): \(note)") }
    }
    guard !isDry else { return }
    let new = standings.compactMap { $0.job }
    Printing.aside(
      new.isEmpty ? "nothing was queued: all of it is with Slurm" : "queued: job \(new.joined(separator: ", "))")
    Printing.aside(
      "`vigil cluster` shows how far they are, \(cluster.folder.path) has their output, "
        + "the same command again queues what failed")
  }

  private func isDone() -> Bool {
    if steps.isEmpty { Printing.aside("nothing is left to be done: every fold is trained and validated") }
    return steps.isEmpty
  }

  /// A line a step.
  private func tell(_ lines: [(step: TrainingStep, job: String)]) {
    Printing.answer("step\tfolds\tfinished\tafter\tjob")
    let names = Set(steps.map { $0.name })
    for (step, job) in lines {
      let numbers = { (folds: [Int]) in folds.isEmpty ? "-" : folds.map { "\($0)" }.joined(separator: ",") }
      let after = step.after.filter { names.contains($0) }.joined(separator: ",")
      Printing.answer(
        [
          step.name, numbers(step.folds ?? []), numbers(finished[step.name] ?? []), after.isEmpty ? "-" : after,
          job.isEmpty ? "-" : job,
        ].joined(separator: "\t"))
    }
  }
}
