public import Foundation
public import Imaging
import Models
public import Preprocessing

/// Runs a model's cross-validation again to learn how its networks' disagreement tells of their errors: every case is segmented by the networks
/// of the one fold that had not seen it.
public struct Calibrator {
  private let model: URL
  private let dataset: DatasetFolder
  private let folds: [String: Int]
  private let threads: Int?
  private let orientation: AxisCodes?

  /// `folds`: for each case of `dataset` the fold that held it back. Cases without are left out.
  public init(
    model: URL, dataset: DatasetFolder, folds: [String: Int], orientation: AxisCodes? = nil, threads: Int? = nil
  ) {
    self.model = model
    self.dataset = dataset
    self.folds = folds
    self.orientation = orientation
    self.threads = threads
  }

  /// What `cross_validation.json` beside a selected model says of the folds; nil where there is none.
  public static func folds(ofModel model: URL) throws(TrustError) -> [String: Int]? {
    let file = model.appending(path: "cross_validation.json")
    guard let data = try? Data(contentsOf: file) else { return nil }
    guard let cases = (try? JSONValue(parsing: data))?["candidates"]?.elements?.first?["per_case"]?.elements else {
      throw TrustError("\(file.path): expected candidates with per_case, as `vigil select` writes it")
    }
    var folds: [String: Int] = [:]
    for item in cases { if let name = item["case"]?.text, let fold = item["fold"]?.wholeNumber { folds[name] = fold } }
    return folds
  }

  /// What nnU-Net's `splits_final.json` says of them: a list of `{"train": [...], "val": [...]}`.
  public static func folds(splits file: URL) throws(TrustError) -> [String: Int] {
    guard let data = try? Data(contentsOf: file), let splits = (try? JSONValue(parsing: data))?.elements else {
      throw TrustError("\(file.path): expected nnU-Net's splits_final.json, a list of train and val")
    }
    var folds: [String: Int] = [:]
    for (fold, split) in splits.enumerated() {
      for name in split["val"]?.elements ?? [] { if let name = name.text { folds[name] = fold } }
    }
    return folds
  }

  /// Segments every case; `progress` is told how many are done of how many.
  public func cases(progress: (Int, Int) -> Void = { _, _ in }) throws(TrustError) -> [CalibrationCase] {
    let known = dataset.cases.filter { folds[$0.name] != nil }
    var cases: [CalibrationCase] = []
    do {
      for fold in Set(folds.values).sorted() {
        let items = known.filter { folds[$0.name] == fold }
        guard !items.isEmpty else { continue }
        let ensemble = try ModelEnsemble.load(folder: model, folds: .these(["\(fold)"]))
        var options = Segmenter.Options(threads: threads, orientation: orientation)
        options.tallies = true
        let segmenter = try Segmenter(ensemble, options: options)
        for item in items {
          cases.append(try measure(item, fold, segmenter))
          progress(cases.count, known.count)
        }
      }
    } catch { throw TrustError("\(error)") }
    return cases
  }

  private func measure(_ item: DatasetFolder.Case, _ fold: Int, _ segmenter: Segmenter) throws -> CalibrationCase {
    let (channels, drawn) = try dataset.load(item)
    let output = try segmenter.infer(try segmenter.prepare(channels))
    let found = try segmenter.restore(output).segmentation.labels
    let scan = ScanMeasures(channels[0])
    let labels = segmenter.ensemble.dataset.writtenLabels
    let scores = try OverlapScores(
      prediction: found, reference: drawn, labels: labels.map { UInt16($0) },
      ignoring: dataset.description.ignoreLabel.map { UInt16($0) }, surfaces: false)
    var dice: [Int: Double] = [:]
    for (label, score) in zip(labels, scores.scores) { dice[label] = score.dice }
    return CalibrationCase(
      name: item.name, fold: fold, scan: scan, axisCodes: output.axisCodes.description,
      drawn: LabelMeasures.all(in: drawn, of: channels[0], scan),
      found: LabelMeasures.all(in: found, of: channels[0], scan),
      signals: Dictionary(
        uniqueKeysWithValues: labels.map { ($0, LabelSignals(label: $0, votes: output.votes)) }), dice: dice)
  }
}

extension CalibrationCase {
  /// A line of names, then one a case and label: what the calibration was made from, for those who want to look at it.
  public static func table(_ cases: [CalibrationCase], _ calibration: Calibration) -> String {
    let head = "case\tfold\tlabel\tdice\texpected\tmirror_dice\tconfiguration_dice\tentropy\tvolume_ml\tfindings\n"
    return head
      + cases.flatMap { item in
        let findings = calibration.findings(of: item).map { $0.text }.joined(separator: "; ")
        return calibration.labels.map { label -> String in
          let signals = item.signals[label.label]
          let numbers = [
            item.dice[label.label], label.expectedDice(item), signals?.mirrorDice, signals?.configurationDice,
            signals?.entropy, item.found[label.label]?.volume,
          ].map { $0.map { String(format: "%.4f", $0) } ?? "-" }
          return "\(item.name)\t\(item.fold)\t\(label.name)\t\(numbers.joined(separator: "\t"))\t\(findings)\n"
        }
      }.joined()
  }
}
