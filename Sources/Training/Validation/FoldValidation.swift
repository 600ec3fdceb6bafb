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
  /// trained on. Cases that were written before are not done again.
  public func run(
    cases: [String], threads: Int? = nil, progress: (Int) -> Void = { _ in }
  ) throws(TrainingError) -> CandidateScores {
    let folder = model.appending(path: "fold_\(fold)/\(Self.folderName)")
    let wanted = Set(cases)
    let items = dataset.cases.filter { wanted.contains($0.name) }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let trained = try TrainedModel.load(folder: model, configuration: configuration, folds: .these(["\(fold)"]))
      let segmenter = try Segmenter(trained, options: .init(threads: threads))
      for (index, item) in items.enumerated() {
        try segment(item, segmenter, next: trained.plans.secondStages(of: trained.configuration), to: folder)
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
        to: folder.appending(path: "summary.json"), options: .atomic)
      return scores
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
  }

  private var ending: String { dataset.description.fileEnding ?? ".nii.gz" }

  private func segment(
    _ item: DatasetFolder.Case, _ segmenter: Segmenter, next: [PlanConfiguration], to folder: URL
  ) throws {
    let labels = folder.appending(path: item.name + ending)
    let probabilities = folder.appending(path: item.name + ValidationFolder.probabilitiesEnding)
    let forNext = next.map { ($0, PreviousStage.file(of: item.name, for: $0.name, in: folder, ending)) }
    let files = [labels] + forNext.map { $0.1 } + (keepsProbabilities ? [probabilities] : [])
    guard !files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else { return }
    let input = try segmenter.prepare(
      dataset.load(item).channels, previousStage: previousStage?.segmentation(of: item.name))
    let output = try segmenter.infer(input)
    for (configuration, file) in forNext {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try NIfTI.write(segmenter.labels(output, for: configuration), to: file)
    }
    let result = try segmenter.restore(output, wantsProbabilities: keepsProbabilities)
    if keepsProbabilities, let values = result.probabilities {
      try SafetensorsFile.write([ValidationFolder.probabilitiesKey: values], metadata: [:], to: probabilities)
    }
    try NIfTI.write(result.segmentation.labels, to: labels)
  }
}

extension Plans {
  /// The configurations that take the segmentation made by `first` as further input.
  func secondStages(of first: PlanConfiguration) throws(PlansError) -> [PlanConfiguration] {
    var found: [PlanConfiguration] = []
    for name in configurationNames {
      let planned = try configuration(name)
      if planned.previousStage == first.name { found.append(planned) }
    }
    return found
  }
}
