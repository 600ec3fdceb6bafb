public import Foundation
import Models
public import Preprocessing

/// Where the models of one data set are planned and trained, in nnU-Net's layout: `plans.json`, `dataset.json` and
/// `dataset_fingerprint.json` at its root, then a folder a trained configuration.
public struct TrainingFolder: Sendable {
  /// Its root.
  public let url: URL

  /// At `url`, which need not exist before ``plan(_:recipe:progress:)``.
  public init(_ url: URL) { self.url = url }

  /// Measures the data set and plans. `memory`: of the GPU that v2 plans for, GB; nil: nnU-Net's. Less gives smaller patches.
  public func plan(
    _ dataset: DatasetFolder, recipe: Augmentation.Recipe, memory: Double? = nil, budget: PlanBudget = PlanBudget(),
    progress: @Sendable (Int) -> Void = { _ in }
  ) throws(TrainingError) -> Plans {
    do {
      let fingerprint = try dataset.fingerprint(progress: progress)
      let name = dataset.folder.lastPathComponent
      let planned =
        switch recipe {
        case .v2:
          try V2Planner(dataset: dataset.description, fingerprint: fingerprint, memory: memory).plans(datasetName: name)
        case .paper: try PaperPlanner(dataset: dataset.description, fingerprint: fingerprint).plans(datasetName: name)
        }
      let plans = try budget.applied(to: planned)
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      try fingerprint.json.data.write(to: url.appending(path: "dataset_fingerprint.json"), options: .atomic)
      try plans.json.data.write(to: url.appending(path: "plans.json"), options: .atomic)
      return plans
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
  }

  /// The plan, as it is on disk: a person may have edited it.
  public func plans() throws(TrainingError) -> Plans {
    do { return try Plans(contentsOf: url.appending(path: "plans.json")) } catch {
      throw TrainingError("\(error); `vigil plan` writes plans.json to \(url.path)")
    }
  }

  /// The recipe that wrote a plan.
  public static func recipe(of plans: Plans) -> Augmentation.Recipe {
    plans.planner == PaperPlanner.plannerName ? .paper : .v2
  }

  /// Where one trained configuration lies, there or not.
  public func place(plans: Plans, configuration: String, trainer: String) -> URL {
    let name = ResultsFolder.ModelName(trainer: trainer, plans: plans.plansName, configuration: configuration)
    return url.appending(path: name.folderName)
  }

  /// The folder of one trained configuration, made with what describes it. A plan that was edited since the folder was made is refused.
  public func model(
    _ dataset: DatasetFolder, plans: Plans, configuration: String, trainer: String
  ) throws(TrainingError) -> URL {
    let folder = place(plans: plans, configuration: configuration, trainer: trainer)
    let files = [
      ("plans.json", plans.json.data),
      ("dataset.json", try? Data(contentsOf: dataset.folder.appending(path: "dataset.json"))),
      ("dataset_fingerprint.json", try? Data(contentsOf: url.appending(path: "dataset_fingerprint.json"))),
    ]
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for case (let file, let data?) in files {
        let place = folder.appending(path: file)
        if let old = try? Data(contentsOf: place), old != data {
          throw TrainingError(
            "\(place.path) is not the one that this run would use; its folds were trained with another plan or data set. Move the folder away to begin again"
          )
        }
        try data.write(to: place, options: .atomic)
      }
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
    return folder
  }
}
