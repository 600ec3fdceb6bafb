public import Foundation
import Imaging
import Models
public import Preprocessing

/// Chooses what a rule should run from cross-validation: the configuration, or the ensemble of two, with the highest mean
/// foreground Dice, and for it the removals of small components that help.
///
/// It reads nnU-Net's results folder (`Trainer__Plans__configuration/fold_N/validation/<case>.nii.gz`), which `vigil train` fills.
/// Every prediction is scored anew against the labels of the data set, so that no summary has to be believed.
///
/// Source: nnU-Net v2 `evaluation/find_best_configuration.py`.
public struct ModelSelection {
  /// What was compared and what won.
  public struct Outcome: Sendable {
    /// Every configuration and ensemble, best first.
    public let candidates: [CandidateScores]
    /// Configurations that could not take part, each with the reason.
    public let leftOut: [String]
    /// The folds that were cross-validated.
    public let folds: [Int]
    /// The removals that help the winner, with its Dice before and after.
    public let finding: PostprocessingSearch.Finding

    /// The one with the highest mean; of equals the one with fewer models.
    public var winner: CandidateScores { candidates[0] }
  }

  private let dataset: DatasetFolder
  private let results: URL
  private let folds: [Int]
  private let allowsEnsembles: Bool

  /// - Parameters:
  ///   - dataset: with the labels that predictions are scored against.
  ///   - results: the folder with one folder a trained configuration.
  ///   - folds: those that together held back every case once.
  ///   - allowsEnsembles: whether pairs take part; their members' probabilities must have been kept.
  public init(dataset: DatasetFolder, results: URL, folds: [Int] = [0, 1, 2, 3, 4], allowsEnsembles: Bool = true) {
    self.dataset = dataset
    self.results = results
    self.folds = folds
    self.allowsEnsembles = allowsEnsembles
  }

  /// Compares everything, writes the winner's `postprocessing.json` and `inference_information.json` where nnU-Net writes them,
  /// and says what it found.
  public func run() throws(SelectionError) -> Outcome {
    guard let folder = ResultsFolder(results) else {
      throw SelectionError("\(results.path) holds no trained model (Trainer__Plans__configuration); run `vigil train`")
    }
    var validated: [ValidationFolder] = []
    var leftOut: [String] = []
    for name in folder.models.sorted(by: Self.isEarlier) {
      do throws(SelectionError) {
        validated.append(try ValidationFolder(name, in: results, dataset: dataset, folds: folds))
      } catch { leftOut.append(error.description) }
    }
    guard !validated.isEmpty else { throw SelectionError(leftOut.joined(separator: "\n")) }
    var candidates = try validated.map { model throws(SelectionError) in try single(model) }
    candidates += try ensembles(validated, &leftOut)
    let ranked = ranked(candidates)
    let finding = try postprocessing(ranked[0].prediction)
    let outcome = Outcome(
      candidates: ranked.map { $0.scores }, leftOut: leftOut, folds: folds, finding: finding)
    try SelectionRecord(outcome: outcome, members: ranked[0].members, dataset: dataset, results: results).write()
    return outcome
  }

  /// nnU-Net's order of configurations, which decides among equals: a cascade comes after those that do with one network.
  private static func isEarlier(_ a: ResultsFolder.ModelName, _ b: ResultsFolder.ModelName) -> Bool {
    let order = ["2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres"]
    let place = { (name: ResultsFolder.ModelName) in order.firstIndex(of: name.configuration) ?? order.count }
    return (place(a), a.folderName) < (place(b), b.folderName)
  }

  /// A candidate with what it takes to search its postprocessing.
  private struct Candidate {
    let members: [ResultsFolder.ModelName]
    let scores: CandidateScores
    let prediction: @Sendable (DatasetFolder.Case) throws -> LabelMap
  }

  /// Highest mean first; a mean that is no number last; of equals the earlier, so single configurations before ensembles.
  private func ranked(_ candidates: [Candidate]) -> [Candidate] {
    func value(_ candidate: Candidate) -> Double {
      candidate.scores.foregroundMean.isNaN ? -1 : candidate.scores.foregroundMean
    }
    return candidates.enumerated().sorted { (-value($0.element), $0.offset) < (-value($1.element), $1.offset) }
      .map { $0.element }
  }

  private func single(_ model: ValidationFolder) throws(SelectionError) -> Candidate {
    let predictions = model.predictions
    let prediction: @Sendable (DatasetFolder.Case) throws -> LabelMap = { item in
      guard let found = predictions[item.name] else { throw SelectionError("no prediction of \(item.name)") }
      return try NIfTI.readLabels(found.labels)
    }
    return Candidate(
      members: [model.name],
      scores: try CandidateScores(
        models: [model.name.folderName], dataset: dataset, folds: predictions.mapValues { $0.fold },
        prediction: prediction),
      prediction: prediction)
  }

  private func ensembles(
    _ models: [ValidationFolder], _ leftOut: inout [String]
  ) throws(SelectionError) -> [Candidate] {
    guard allowsEnsembles, models.count > 1 else { return [] }
    for model in models where !model.hasProbabilities {
      leftOut.append("\(model.name.folderName): no ensemble with it, because its probabilities were not kept")
    }
    let able = models.filter { $0.hasProbabilities }
    var found: [Candidate] = []
    for first in able.indices {
      for second in able.indices where second > first { found.append(try ensemble([able[first], able[second]])) }
    }
    return found
  }

  private func ensemble(_ members: [ValidationFolder]) throws(SelectionError) -> Candidate {
    let names = members.map { $0.name }
    let path = ResultsFolder.postprocessing(names, folds.map { String($0) })
    let predictions = EnsemblePredictions(
      members: members, dataset: dataset, folder: results.appending(path: path).deletingLastPathComponent())
    try predictions.write()
    let prediction: @Sendable (DatasetFolder.Case) throws -> LabelMap = { try NIfTI.readLabels(predictions.file($0)) }
    return Candidate(
      members: names,
      scores: try CandidateScores(
        models: names.map { $0.folderName }, dataset: dataset, folds: members[0].predictions.mapValues { $0.fold },
        prediction: prediction),
      prediction: prediction)
  }

  private func postprocessing(
    _ prediction: @escaping @Sendable (DatasetFolder.Case) throws -> LabelMap
  ) throws(SelectionError) -> PostprocessingSearch.Finding {
    let cases = dataset.cases
    do {
      return try PostprocessingSearch(dataset: dataset.description).run(cases: cases.count) { index in
        (try prediction(cases[index]), try NIfTI.readLabels(cases[index].label))
      }
    } catch { throw SelectionError("\(error)") }
  }
}
