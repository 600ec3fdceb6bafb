import Foundation
import Models
import Preprocessing

/// What one trained configuration predicted for the cases that its folds did not see.
struct ValidationFolder {
  /// One case's prediction.
  struct Prediction: Sendable {
    /// The fold that held the case back.
    let fold: Int
    /// Its segmentation, on the grid of the case's labels.
    let labels: URL
    /// Its probabilities `[K, D, H, W]` on the same grid (a safetensors file); nil where none were kept.
    let probabilities: URL?
  }

  /// Name of the tensor in a file of probabilities.
  static let probabilitiesKey = "probabilities"
  /// What follows the case's name in the name of that file.
  static let probabilitiesEnding = ".probabilities.safetensors"

  let name: ResultsFolder.ModelName
  /// Case to prediction.
  let predictions: [String: Prediction]

  /// Reads the lists of `fold_N/validation` for every one of `folds`. Every case of `dataset` must be held back by exactly one.
  init(
    _ name: ResultsFolder.ModelName, in results: URL, dataset: DatasetFolder, folds: [Int]
  ) throws(SelectionError) {
    let ending = dataset.description.fileEnding ?? ".nii.gz"
    var found: [String: Prediction] = [:]
    for fold in folds {
      let folder = results.appending(path: "\(name.folderName)/fold_\(fold)/validation")
      let files = Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      for item in dataset.cases where files.contains(item.name + ending) {
        if let other = found[item.name] {
          throw SelectionError(
            "\(name.folderName): case \(item.name) was held back by fold \(other.fold) and by fold \(fold); the folds overlap"
          )
        }
        let probabilities = item.name + Self.probabilitiesEnding
        found[item.name] = Prediction(
          fold: fold, labels: folder.appending(path: item.name + ending),
          probabilities: files.contains(probabilities) ? folder.appending(path: probabilities) : nil)
      }
    }
    if let missing = dataset.cases.first(where: { found[$0.name] == nil }) {
      throw SelectionError(
        "\(name.folderName): folds \(folds.map { String($0) }.joined(separator: ", ")) validated \(found.count) of \(dataset.cases.count) cases, and not \(missing.name); train and validate the folds that are missing"
      )
    }
    self.name = name
    predictions = found
  }

  /// Whether every case has its probabilities, which an ensemble needs.
  var hasProbabilities: Bool { predictions.values.allSatisfy { $0.probabilities != nil } }
}
