public import Foundation
import Imaging
import Models
public import Preprocessing
import Tensors

/// Segments the cases that a fold held back, whole, as inference does it, and scores them: `validation/` beside the checkpoint.
///
/// Source: nnU-Net v2 `nnUNetTrainer.perform_actual_validation`.
public struct FoldValidation {
  /// Name of the folder below `fold_N`.
  public static let folderName = "validation"
  /// Name of the file with every case's scores, the last that is written.
  public static let summaryName = "summary.json"

  private let dataset: DatasetFolder
  private let model: URL
  private let configuration: String
  private let fold: Int
  private let keepsProbabilities: Bool
  private let previousStage: PreviousStage?

  /// Of the trained-model folder `model` (`plans.json`, `fold_N/checkpoint_final`). `keepsProbabilities`: an ensemble can then be
  /// selected, at 4 bytes a head and voxel. `previousStage`: of a cascade's second stage, which is given the first stage's segmentation
  /// of the same case, on the case's own grid as inference gives it.
  public init(
    dataset: DatasetFolder, model: URL, configuration: String, fold: Int, keepsProbabilities: Bool = true,
    previousStage: PreviousStage? = nil
  ) {
    self.dataset = dataset
    self.model = model
    self.configuration = configuration
    self.fold = fold
    self.keepsProbabilities = keepsProbabilities
    self.previousStage = previousStage
  }

  /// Writes a segmentation a case and `summary.json`, and gives the Dice of each. A cascade's first stage also leaves what the second is
  /// trained on. Cases that were written before are not done again. `isCancelled` is asked between forward passes; true ends it with an
  /// error that ``TrainingError/isStop``.
  public func run(
    cases: [String], threads: Int? = nil, isCancelled: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) throws(TrainingError) -> CandidateScores {
    let folder = model.appending(path: "fold_\(fold)/\(Self.folderName)")
    let wanted = Set(cases)
    let items = dataset.cases.filter { wanted.contains($0.name) }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let trained = try TrainedModel.load(folder: model, configuration: configuration, folds: .these(["\(fold)"]))
      let segmenter = try Segmenter(trained, options: .init(threads: threads))
      for (index, item) in items.enumerated() {
        guard !isCancelled() else { throw TrainingError(stoppedWhile: Self.words) }
        let next = trained.plans.secondStages(of: trained.configuration)
        try segment(item, segmenter, next: next, to: folder, isCancelled)
        progress(index + 1)
      }
      return try score(cases: cases)
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
  }

  /// Scores the segmentations that are there and writes nnU-Net's `summary.json` of them.
  public func score(cases: [String]) throws(TrainingError) -> CandidateScores {
    let folder = model.appending(path: "fold_\(fold)/\(Self.folderName)")
    let wanted = Set(cases)
    let items = dataset.cases.filter { wanted.contains($0.name) }
    do {
      let (ending, fold) = (ending, fold)
      let scores = try CandidateScores(
        models: [model.lastPathComponent], dataset: dataset, cases: items,
        folds: Dictionary(uniqueKeysWithValues: items.map { ($0.name, fold) })
      ) { try NIfTI.readLabels(folder.appending(path: $0.name + ending)) }
      try ValidationSummary(scores, dataset: dataset, folder: folder).json.data.write(
        to: folder.appending(path: Self.summaryName), options: .atomic)
      return scores
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
  }

  private var ending: String { dataset.description.fileEnding ?? ".nii.gz" }

  /// Whether nothing is left to be done for these cases; nothing is read but names. `plans`: the plan of the model.
  public func isDone(cases: [String], plans: Plans) throws(TrainingError) -> Bool {
    let folder = model.appending(path: "fold_\(fold)/\(Self.folderName)")
    let next: [PlanConfiguration]
    do throws(PlansError) { next = try plans.secondStages(of: plans.configuration(configuration)) } catch {
      throw TrainingError("\(error)")
    }
    let summary = folder.appending(path: Self.summaryName)
    let files = cases.flatMap { self.files(of: $0, next: next, in: folder) } + [summary]
    return files.allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// What is written of one case, its labels last.
  private func files(of name: String, next: [PlanConfiguration], in folder: URL) -> [URL] {
    next.map { PreviousStage.file(of: name, for: $0.name, in: folder, ending) }
      + (keepsProbabilities ? [probabilities(of: name, in: folder)] : []) + [folder.appending(path: name + ending)]
  }

  private func probabilities(of name: String, in folder: URL) -> URL {
    folder.appending(path: name + ValidationFolder.probabilitiesEnding)
  }

  private func segment(
    _ item: DatasetFolder.Case, _ segmenter: Segmenter, next: [PlanConfiguration], to folder: URL,
    _ isCancelled: () -> Bool
  ) throws {
    let files = self.files(of: item.name, next: next, in: folder)
    guard !files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else { return }
    let input = try segmenter.prepare(
      dataset.load(item).channels, previousStage: previousStage?.segmentation(of: item.name))
    let output = try infer(input, segmenter, isCancelled)
    for configuration in next {
      let file = PreviousStage.file(of: item.name, for: configuration.name, in: folder, ending)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try NIfTI.write(segmenter.labels(output, for: configuration), to: file)
    }
    let result = try segmenter.restore(output, wantsProbabilities: keepsProbabilities)
    if keepsProbabilities, let values = result.probabilities {
      try SafetensorsFile.write(
        [ValidationFolder.probabilitiesKey: values], metadata: [:], to: probabilities(of: item.name, in: folder))
    }
    try NIfTI.write(result.segmentation.labels, to: folder.appending(path: item.name + ending))
  }

  private func infer(
    _ input: SegmenterInput, _ segmenter: Segmenter, _ isCancelled: () -> Bool
  ) throws -> SegmenterOutput {
    try withoutActuallyEscaping(isCancelled) { isCancelled in
      do throws(ModelError) { return try segmenter.infer(input, isCancelled: isCancelled) } catch {
        throw error.kind == .cancelled ? TrainingError(stoppedWhile: Self.words) : error as any Error
      }
    }
  }

  /// What it does, for an error that says that it was stopped.
  private static let words = "the cases held back were segmented"
}

extension Plans {
  /// The configurations that take the segmentation made by `first` as further input.
  func secondStages(of first: PlanConfiguration) -> [PlanConfiguration] {
    var found: [PlanConfiguration] = []
    for name in configurationNames {
      // One that cannot be read is said so where it is asked for itself.
      guard let planned = try? configuration(name), planned.previousStage == first.name else { continue }
      found.append(planned)
    }
    return found
  }
}
