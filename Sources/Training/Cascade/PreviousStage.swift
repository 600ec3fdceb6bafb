public import Foundation
import Imaging
import Models
public import Preprocessing

/// What a cascade's first stage says of the cases of a data set: of each, the network that had not seen it.
///
/// A fold of the first stage leaves two segmentations of each case that it held back: `fold_N/validation/<case>`, on the case's own
/// grid, and `fold_N/validation/predicted_next_stage/<second stage>/<case>`, resampled straight to the grid that the second stage
/// prepares the case to. Training takes the latter, as nnU-Net v2 does (there `predicted_next_stage` lies beside the folds).
public struct PreviousStage: Sendable {
  /// Name of the folder of segmentations for second stages, in a fold's `validation`.
  static let folderName = "predicted_next_stage"

  /// The first stage.
  public let configuration: String
  /// Its trained-model folder.
  public let model: URL
  private let next: String
  private let ending: String
  private let folds: FiveFolds

  /// Of the second stage `planned`, whose own trained-model folder is `secondStage`: the first stage's lies beside it. Nil for a
  /// configuration that is no second stage. `folds`: how both stages are cross-validated.
  public init?(
    of planned: PlanConfiguration, beside secondStage: URL, dataset: DatasetDescription, folds: FiveFolds
  ) throws(TrainingError) {
    guard let previous = planned.previousStage else { return nil }
    guard let name = ResultsFolder.ModelName(secondStage.lastPathComponent) else {
      throw TrainingError("\(secondStage.path): expected a folder Trainer__Plans__configuration")
    }
    guard planned.dimensions == 3 else {
      throw TrainingError("\(planned.name): only a 3D configuration can be a cascade's second stage")
    }
    let first = ResultsFolder.ModelName(trainer: name.trainer, plans: name.plans, configuration: previous)
    model = secondStage.deletingLastPathComponent().appending(path: first.folderName)
    configuration = previous
    next = planned.name
    ending = dataset.fileEnding ?? ".nii.gz"
    self.folds = folds
  }

  /// The folds of the first stage that did not segment all the cases they hold back.
  public var missingFolds: [Int] {
    folds.folds.indices.filter { fold in
      !folds.folds[fold].validation.allSatisfy { name in
        Self.exists(segmentation(of: name, fold)) && Self.exists(nextStage(name, fold))
      }
    }
  }

  /// Throws where a fold is missing, with the commands that make it. `dataset`: as a person writes it behind `vigil train`.
  public func check(dataset: String) throws(TrainingError) {
    let missing = missingFolds
    guard !missing.isEmpty else { return }
    for fold in missing {
      for name in folds.folds[fold].validation {
        for other in folds.folds.indices where other != fold && Self.exists(segmentation(of: name, other)) {
          throw TrainingError(
            "\(configuration) held case \(name) back in fold \(other), \(next) would in fold \(fold); train both stages with the same --groups"
          )
        }
      }
    }
    let commands = missing.map { fold in
      let begun = Self.exists(model.appending(path: "fold_\(fold)/\(Trainer.latestName)"))
      return "  vigil train \(dataset) --configuration \(configuration) --fold \(fold)\(begun ? " --resume" : "")"
    }
    throw TrainingError(
      "\(next) learns from what \(configuration) says of cases it has not seen, and fold \(missing.map { "\($0)" }.joined(separator: ", ")) of that did not say it yet. Run first, with the same --results and --groups:\n\(commands.joined(separator: "\n"))"
    )
  }

  /// The first stage's segmentation of a case on the case's own grid.
  func segmentation(of name: String) throws(TrainingError) -> LabelMap {
    try read(segmentation(of: name, try fold(of: name)))
  }

  /// The same on the grid to which the second stage prepares the case; `shape` is checked.
  func labels(of name: String, shape: [Int]) throws(TrainingError) -> LabelPatch {
    let file = nextStage(name, try fold(of: name))
    let map = try read(file)
    guard map.geometry.shape == shape else {
      throw TrainingError(
        "\(file.path) has \(map.geometry.shape) voxels, \(next) prepares the case to \(shape); was the plan changed? Train \(configuration) again"
      )
    }
    return LabelPatch(shape: shape, values: map.voxels.map { Int16(clamping: $0) })
  }

  private func fold(of name: String) throws(TrainingError) -> Int {
    guard let fold = folds.folds.firstIndex(where: { $0.validation.contains(name) }) else {
      throw TrainingError("no fold holds case \(name) back")
    }
    return fold
  }

  private func segmentation(of name: String, _ fold: Int) -> URL {
    model.appending(path: "fold_\(fold)/\(FoldValidation.folderName)/\(name)\(ending)")
  }

  private func nextStage(_ name: String, _ fold: Int) -> URL {
    Self.file(of: name, for: next, in: model.appending(path: "fold_\(fold)/\(FoldValidation.folderName)"), ending)
  }

  /// Where a fold's validation leaves a case's segmentation for a second stage.
  static func file(of name: String, for next: String, in validation: URL, _ ending: String) -> URL {
    validation.appending(path: "\(folderName)/\(next)/\(name)\(ending)")
  }

  private func read(_ file: URL) throws(TrainingError) -> LabelMap {
    do { return try NIfTI.readLabels(file) } catch { throw TrainingError("\(error)") }
  }

  private static func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
}

extension TrainingSet {
  /// The same cases, each with what the first stage of a cascade says of it.
  public func joined(with previous: PreviousStage) throws(TrainingError) -> TrainingSet {
    var joined: [TrainingCase] = []
    for item in cases.values {
      var item = item
      item.previousStage = try previous.labels(of: item.name, shape: item.shape)
      joined.append(item)
    }
    return TrainingSet(joined)
  }
}
