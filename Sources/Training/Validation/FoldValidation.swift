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

  /// Of the trained-model folder `model` (`plans.json`, `fold_N/checkpoint_final`). `keepsProbabilities`: an ensemble can then be
  /// selected, at 4 bytes a head and voxel.
  public init(dataset: DatasetFolder, model: URL, configuration: String, fold: Int, keepsProbabilities: Bool = true) {
    self.dataset = dataset
    self.model = model
    self.configuration = configuration
    self.fold = fold
    self.keepsProbabilities = keepsProbabilities
  }

  /// Writes a segmentation a case and `summary.json`, and gives the Dice of each. Cases that were written before are not done again.
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
        try segment(item, segmenter, to: folder)
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

  private func segment(_ item: DatasetFolder.Case, _ segmenter: Segmenter, to folder: URL) throws {
    let labels = folder.appending(path: item.name + ending)
    let probabilities = folder.appending(path: item.name + ValidationFolder.probabilitiesEnding)
    let isDone = { (file: URL) in FileManager.default.fileExists(atPath: file.path) }
    guard !isDone(labels) || keepsProbabilities && !isDone(probabilities) else { return }
    let channels = try dataset.load(item).channels
    let result = try segmenter.segment(channels, wantsProbabilities: keepsProbabilities)
    if keepsProbabilities, let values = result.probabilities {
      try SafetensorsFile.write([ValidationFolder.probabilitiesKey: values], metadata: [:], to: probabilities)
    }
    try NIfTI.write(result.segmentation.labels, to: labels)
  }
}
