public import Imaging

/// Finds out from cross-validation which removals of small components help.
///
/// First all foreground labels are taken as one object: accepted when the mean Dice over all labels (or regions) rises and no
/// label's own falls. Then, where there is more than one, label after label in the order of `dataset.json`, each tested on what
/// was accepted so far: accepted when its own mean Dice rises.
///
/// Source: nnU-Net v2 `postprocessing/remove_connected_components.py`, `determine_postprocessing`.
public struct PostprocessingSearch: Sendable {
  /// Mean Dice coefficients over the cases.
  public struct Scores: Sendable, Equatable {
    /// Mean over ``perTarget``; NaN when one of them is.
    public let foregroundMean: Double
    /// For each label or region, the mean over the cases that have any of it; NaN when none has.
    public let perTarget: [Double]
  }

  /// What the search found.
  public struct Finding: Sendable, Equatable {
    /// The removals to apply.
    public let postprocessing: Postprocessing
    /// Without any removal.
    public let before: Scores
    /// With those removals.
    public let after: Scores
  }

  /// The label values of each label, or region, that is scored.
  public let targets: [[Int]]
  private let foreground: [Int]
  private let table: ConfusionTable.Layout

  /// For a model's labels.
  public init(dataset: DatasetDescription) {
    foreground = dataset.foregroundLabels
    targets = dataset.hasRegions ? dataset.regions.map { $0.values } : foreground.map { [$0] }
    table = ConfusionTable.Layout(
      labels: (dataset.allLabels + dataset.writtenLabels).max() ?? 0, ignored: dataset.ignoreLabel)
  }

  /// Searches over `cases` cases; `load` gives a case's prediction and reference, on one grid, and is called once a pass and
  /// from several threads.
  public func run(
    cases: Int, threads: Int = Threads.available,
    load: @Sendable (Int) throws -> (prediction: LabelMap, reference: LabelMap)
  ) throws -> Finding {
    let before = try scores(of: Postprocessing(steps: []), cases, threads, load)
    var best = (postprocessing: Postprocessing(steps: []), scores: before)
    let joint = Postprocessing(steps: [.init(labels: foreground)])
    let jointScores = try scores(of: joint, cases, threads, load)
    let falls = zip(jointScores.perTarget, before.perTarget).contains { $0 < $1 }
    if jointScores.foregroundMean > before.foregroundMean, !falls { best = (joint, jointScores) }
    for (index, target) in targets.enumerated() where targets.count > 1 {
      let candidate = Postprocessing(steps: best.postprocessing.steps + [.init(labels: target)])
      let found = try scores(of: candidate, cases, threads, load)
      if found.perTarget[index] > best.scores.perTarget[index] { best = (candidate, found) }
    }
    return Finding(postprocessing: best.postprocessing, before: before, after: best.scores)
  }

  private func scores(
    of postprocessing: Postprocessing, _ cases: Int, _ threads: Int,
    _ load: @Sendable (Int) throws -> (prediction: LabelMap, reference: LabelMap)
  ) throws -> Scores {
    let results = Threads.map(cases, threads: threads) { index in
      Result { () -> [Double] in
        let (prediction, reference) = try load(index)
        let labels = postprocessing.steps.isEmpty ? prediction : postprocessing.applied(to: prediction).labels
        return ConfusionTable(table, prediction: labels, reference: reference).dice(of: targets)
      }
    }
    let dice = try results.map { try $0.get() }
    let means = targets.indices.map { target in
      let defined = dice.map { $0[target] }.filter { !$0.isNaN }
      return defined.isEmpty ? .nan : defined.reduce(0, +) / Double(defined.count)
    }
    return Scores(foregroundMean: means.reduce(0, +) / Double(means.count), perTarget: means)
  }
}

/// How often each predicted label meets each reference label.
private struct ConfusionTable {
  struct Layout: Sendable {
    /// One more than the largest label counted; larger ones count as this.
    let size: Int
    let ignored: Int?

    init(labels: Int, ignored: Int?) {
      size = labels + 2
      self.ignored = ignored
    }
  }

  private let size: Int
  private var counts: [Int]

  init(_ layout: Layout, prediction: LabelMap, reference: LabelMap) {
    size = layout.size
    counts = [Int](repeating: 0, count: size * size)
    for (predicted, expected) in zip(prediction.voxels, reference.voxels) where Int(expected) != layout.ignored {
      counts[min(Int(predicted), size - 1) * size + min(Int(expected), size - 1)] += 1
    }
  }

  /// `2 TP / (2 TP + FP + FN)` of each union of labels; NaN where neither side has any of it.
  func dice(of targets: [[Int]]) -> [Double] {
    targets.map { labels in
      let isIn = (0..<size).map { labels.contains($0) }
      var (both, one) = (0, 0)
      for predicted in 0..<size {
        for expected in 0..<size where isIn[predicted] || isIn[expected] {
          let count = counts[predicted * size + expected]
          if isIn[predicted] && isIn[expected] { both += count } else { one += count }
        }
      }
      return both + one == 0 ? .nan : 2 * Double(both) / Double(2 * both + one)
    }
  }
}
