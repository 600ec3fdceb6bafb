public import Foundation
public import Imaging
public import Preprocessing

/// nnU-Net's `summary.json`: Dice, IoU and voxel counts of each case and target, and their means.
///
/// Source: nnU-Net v2 `evaluation/evaluate_predictions.py`, `compute_metrics_on_folder` and `save_summary_json`.
public struct ValidationSummary {
  /// What nnU-Net calls each target: the label, or `(1, 2)`.
  let keys: [String]
  /// The cases with their two files.
  let cases: [Case]

  /// One case.
  public struct Case {
    let prediction: URL
    let reference: URL
    /// One a target, in the order of the summary's targets.
    let overlaps: [OverlapScore]

    /// A case with its two files and a score for each target.
    public init(prediction: URL, reference: URL, overlaps: [OverlapScore]) {
      self.prediction = prediction
      self.reference = reference
      self.overlaps = overlaps
    }
  }

  /// Each case has a score for each of `targets`, a label or the labels of a region, in that order.
  public init(targets: [[Int]], cases: [Case]) {
    keys = targets.map(Self.key)
    self.cases = cases
  }

  private static func key(_ target: [Int]) -> String {
    target.count == 1 ? "\(target[0])" : "(\(target.map { "\($0)" }.joined(separator: ", ")))"
  }

  /// nnU-Net's figures in the order of their names. `isCount`: whole numbers in a case.
  private static let metrics: [(name: String, isCount: Bool, value: @Sendable (OverlapScore) -> Double)] = [
    ("Dice", false, { $0.dice ?? .nan }),
    ("FN", true, { Double($0.falseNegatives) }),
    ("FP", true, { Double($0.falsePositives) }),
    ("IoU", false, { $0.iou ?? .nan }),
    ("TN", true, { Double($0.trueNegatives) }),
    ("TP", true, { Double($0.truePositives) }),
    ("n_pred", true, { Double($0.truePositives + $0.falsePositives) }),
    ("n_ref", true, { Double($0.truePositives + $0.falseNegatives) }),
  ]

  /// Scores of a fold's cases; `folder` holds the predictions.
  init(_ scores: CandidateScores, dataset: DatasetFolder, folder: URL) {
    keys = dataset.description.scoredTargets.map { Self.key($0.values) }
    let files = Dictionary(dataset.cases.map { ($0.name, $0.label) }) { first, _ in first }
    let ending = dataset.description.fileEnding ?? ".nii.gz"
    cases = scores.cases.compactMap { item in
      files[item.name].map { reference in
        Case(
          prediction: folder.appending(path: item.name + ending), reference: reference, overlaps: item.overlaps)
      }
    }
  }

  /// The file, its keys sorted as nnU-Net sorts them.
  public var json: JSONValue {
    let means = keys.indices.map { target in
      Self.metrics.map { metric in Self.mean(cases.map { metric.value($0.overlaps[target]) }.filter { !$0.isNaN }) }
    }
    let foreground = Self.metrics.indices.map { metric in Self.mean(means.map { $0[metric] }) }
    return .object([
      .init("foreground_mean", Self.object(foreground)), .init("mean", byTarget(means.map(Self.object))),
      .init("metric_per_case", .array(cases.map(row))),
    ])
  }

  private func row(_ item: Case) -> JSONValue {
    let metrics = item.overlaps.map { overlap in
      JSONValue.object(
        Self.metrics.map { metric in
          let value = metric.value(overlap)
          return .init(metric.name, metric.isCount ? .integer(Int(value)) : .real(value))
        })
    }
    return .object([
      .init("metrics", byTarget(metrics)), .init("prediction_file", .string(item.prediction.path)),
      .init("reference_file", .string(item.reference.path)),
    ])
  }

  private func byTarget(_ values: [JSONValue]) -> JSONValue {
    .object(zip(keys, values).sorted { $0.0 < $1.0 }.map { JSONValue.Member($0.0, $0.1) })
  }

  private static func object(_ values: [Double]) -> JSONValue {
    .object(zip(metrics, values).map { JSONValue.Member($0.0.name, .real($0.1)) })
  }

  /// NaN of nothing.
  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
