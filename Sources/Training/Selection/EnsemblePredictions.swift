import Foundation
import Imaging
import Models
import Preprocessing
import Tensors

/// The mean of two configurations' validation probabilities, case by case, written as nnU-Net writes it to
/// `ensembles/ensemble___A___B___0_1_2_3_4`.
///
/// Source: nnU-Net v2 `ensembling/ensemble.py`, `ensemble_crossvalidations`.
struct EnsemblePredictions {
  let members: [ValidationFolder]
  let dataset: DatasetFolder
  let folder: URL

  /// Where a case's segmentation is written.
  func file(_ item: DatasetFolder.Case) -> URL {
    folder.appending(path: item.name + (dataset.description.fileEnding ?? ".nii.gz"))
  }

  /// Averages, decides and writes every case.
  func write() throws(SelectionError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for item in dataset.cases { try NIfTI.write(labels(item), to: file(item)) }
    } catch let error as SelectionError { throw error } catch { throw SelectionError("\(folder.path): \(error)") }
  }

  private func labels(_ item: DatasetFolder.Case) throws -> LabelMap {
    let predictions = members.compactMap { $0.predictions[item.name] }
    let grid = try NIfTI.readLabels(predictions[0].labels).geometry
    let expected = [dataset.description.numberOfHeads] + grid.shape
    var mean: ProbabilityMean?
    for prediction in predictions {
      guard let file = prediction.probabilities else {
        throw SelectionError("\(prediction.labels.path): no probabilities beside it")
      }
      let stored = try SafetensorsFile(file)
      guard stored.shapes[ValidationFolder.probabilitiesKey] == expected else {
        throw SelectionError(
          "\(file.path): expected a tensor \"\(ValidationFolder.probabilitiesKey)\" of shape \(expected), found \(stored.shapes)"
        )
      }
      let values = Tensor(shape: expected, elements: try stored.elements(of: ValidationFolder.probabilitiesKey))
      mean = ProbabilityMean(values, and: mean)
    }
    guard let mean else { throw SelectionError("an ensemble without members") }
    return mean.segmentation(on: grid, dataset.description).labels
  }
}
