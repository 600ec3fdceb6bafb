import Foundation
import Imaging
import Preprocessing

/// How one configuration, or the ensemble of two, did in cross-validation.
public struct CandidateScores: Sendable, Equatable {
  /// One case.
  public struct Case: Sendable, Equatable {
    /// Its identifier.
    public let name: String
    /// The fold that held it back.
    public let fold: Int
    /// How each target overlaps.
    let overlaps: [OverlapScore]
    /// Dice coefficient of each target; NaN where neither side has any of it.
    public var dice: [Double] { overlaps.map { $0.dice ?? .nan } }
  }

  /// The folders of the models whose probabilities are averaged; one for a single configuration.
  public let models: [String]
  /// What is scored: each label, or each region.
  public let targets: [String]
  /// The cases, sorted by name.
  public let cases: [Case]

  /// Mean Dice of each target over the cases that have any of it. nnU-Net's `mean`.
  public var means: [Double] { Self.means(cases, targets.count) }

  /// Mean of ``means``, NaN when one of them is: nnU-Net's `foreground_mean`, by which models are selected.
  public var foregroundMean: Double { means.reduce(0, +) / Double(max(means.count, 1)) }

  /// The folds, ascending, each with its own mean of each target.
  public var folds: [(fold: Int, means: [Double])] {
    Set(cases.map { $0.fold }).sorted().map { fold in
      (fold, Self.means(cases.filter { $0.fold == fold }, targets.count))
    }
  }

  private static func means(_ cases: [Case], _ targets: Int) -> [Double] {
    (0..<targets).map { target in
      let defined = cases.map { $0.dice[target] }.filter { !$0.isNaN }
      return defined.isEmpty ? .nan : defined.reduce(0, +) / Double(defined.count)
    }
  }

  /// "2d", or "2d + 3d_fullres".
  public var title: String {
    models.map { $0.components(separatedBy: "__").last ?? $0 }.joined(separator: " + ")
  }
}

extension CandidateScores {
  /// Scores predictions of `cases` (nil: all) against the labels of `dataset`.
  init(
    models: [String], dataset: DatasetFolder, cases wanted: [DatasetFolder.Case]? = nil, folds: [String: Int],
    prediction: @Sendable (DatasetFolder.Case) throws -> LabelMap
  ) throws(SelectionError) {
    let items = wanted ?? dataset.cases
    let description = dataset.description
    let regions = description.scoredTargets
    let results = Threads.map(items.count, threads: Threads.available) { index in
      Swift.Result { () -> Case in
        let item = items[index]
        let predicted = try prediction(item)
        var reference = try NIfTI.readLabels(item.label)
        // Voxel by voxel, as training takes them: origin and directions of labels are often left out.
        if reference.geometry.shape == predicted.geometry.shape {
          reference = LabelMap(geometry: predicted.geometry, voxels: reference.voxels)
        }
        let scores = try OverlapScores(
          prediction: predicted, reference: reference,
          regions: regions.map { $0.values.map { UInt16($0) } }, ignoring: description.ignoreLabel.map { UInt16($0) },
          surfaces: false)
        return Case(name: item.name, fold: folds[item.name] ?? -1, overlaps: scores.scores)
      }
    }
    self.models = models
    targets = regions.map { $0.name }
    do { cases = try results.map { try $0.get() } } catch { throw SelectionError("\(error)") }
  }
}

extension DatasetDescription {
  /// What Dice is reported of: every region, or every foreground label.
  var scoredTargets: [(name: String, values: [Int])] {
    hasRegions ? regions.map { ($0.name, $0.values) } : foregroundLabels.map { (name(of: $0), [$0]) }
  }
}
