public import Foundation
import Preprocessing

extension ModelEnsemble {
  /// Reads what a folder holds:
  ///
  /// - a trained-model folder (`plans.json`, `fold_0`): that model, with `postprocessing.json` beside its plan if there is one.
  ///   Where the configuration is the second stage of a cascade, the first stage is looked for in `previous_stage/` and beside
  ///   the folder, where nnU-Net keeps it;
  /// - a results folder of nnU-Net (`Trainer__Plans__configuration` folders): what its `inference_information.json` selects, or
  ///   the one model in it that has `configuration`.
  ///
  /// - Parameter needsPreviousStage: false where the caller brings the first stage's segmentation itself.
  public static func load(
    folder: URL, configuration: String? = nil, folds: FoldSelection = .all, checkpoint: String = "checkpoint_final",
    needsPreviousStage: Bool = true, limits: CheckpointLimits = CheckpointLimits()
  ) throws(ModelError) -> ModelEnsemble {
    let loader = EnsembleLoader(
      folds: folds, checkpoint: checkpoint, needsPreviousStage: needsPreviousStage, limits: limits)
    // `vigil plan` leaves a plans.json in a results folder too; what tells it apart is that it holds models.
    guard let results = ResultsFolder(folder) else { return try loader.single(folder, configuration) }
    return try loader.selected(results, configuration)
  }
}

/// Loads the members of an ensemble and checks that they belong together.
struct EnsembleLoader {
  let folds: FoldSelection
  let checkpoint: String
  let needsPreviousStage: Bool
  let limits: CheckpointLimits

  /// A trained-model folder, with its own `postprocessing.json`.
  func single(_ folder: URL, _ configuration: String?) throws(ModelError) -> ModelEnsemble {
    let member = try member(folder, configuration, folds)
    return try ensemble(folder, [member], postprocessing: "postprocessing.json")
  }

  /// The selection of a results folder, or its only model with `configuration`.
  func selected(_ results: ResultsFolder, _ configuration: String?) throws(ModelError) -> ModelEnsemble {
    if configuration == nil, let selection = try results.selection() {
      var members: [ModelEnsemble.Member] = []
      for name in selection.members {
        members.append(
          try member(try folder(of: name, results), name.configuration, folds == .all ? .these(selection.folds) : folds)
        )
      }
      return try ensemble(
        results.url, members, postprocessing: selection.postprocessing, deciding: [ResultsFolder.selectionName])
    }
    let fitting = results.models.filter { configuration == nil || $0.configuration == configuration }
    guard let name = fitting.first, fitting.count == 1 else {
      let names = results.models.map { $0.folderName }.joined(separator: ", ")
      throw ModelError(
        .request, results.url,
        "holds \(fitting.count) models\(configuration.map { " for \($0)" } ?? "") and no \(ResultsFolder.selectionName); name one: \(names)"
      )
    }
    return try single(results.url.appending(path: name.folderName), name.configuration)
  }

  private func folder(of name: ResultsFolder.ModelName, _ results: ResultsFolder) throws(ModelError) -> URL {
    guard results.models.contains(name) else {
      throw ModelError(
        .missing, results.url, "\(ResultsFolder.selectionName) selects \(name.folderName), which is not there")
    }
    return results.url.appending(path: name.folderName)
  }

  /// A model, with the stages before it.
  private func member(
    _ folder: URL, _ configuration: String?, _ folds: FoldSelection
  ) throws(ModelError) -> ModelEnsemble.Member {
    let model = try load(folder, configuration, folds)
    guard needsPreviousStage, let previous = model.configuration.previousStage else {
      return ModelEnsemble.Member(stages: [model])
    }
    let first = try load(try previousFolder(of: model, previous), previous, folds)
    guard first.configuration.previousStage == nil else {
      throw ModelError(.unsupported, first.folder, "a cascade of more than two stages")
    }
    guard first.dataset.labels == model.dataset.labels, first.dataset.channelNames == model.dataset.channelNames else {
      throw ModelError(.weights, first.folder, "the cascade's first stage has other labels or channels than its second")
    }
    return ModelEnsemble.Member(stages: [first, model])
  }

  private func load(_ folder: URL, _ configuration: String?, _ folds: FoldSelection) throws(ModelError) -> TrainedModel
  {
    try TrainedModel.load(
      folder: folder, configuration: configuration, folds: folds, checkpoint: checkpoint, limits: limits)
  }

  /// `previous_stage/` in the model's folder, or the sibling with the first stage's name.
  private func previousFolder(of model: TrainedModel, _ configuration: String) throws(ModelError) -> URL {
    let own = model.folder.appending(path: ModelEnsemble.previousStageFolder)
    let parent = model.folder.deletingLastPathComponent()
    let name = ResultsFolder.ModelName(model.folder.lastPathComponent)
    let sibling = name.map {
      parent.appending(
        path: ResultsFolder.ModelName(trainer: $0.trainer, plans: $0.plans, configuration: configuration).folderName)
    }
    for folder in [own, sibling].compactMap({ $0 })
    where FileManager.default.fileExists(atPath: folder.appending(path: "plans.json").path) {
      return folder
    }
    throw ModelError(
      .missing, model.folder,
      "\(model.configuration.name) takes the segmentation made by \(configuration), whose model is neither in \(ModelEnsemble.previousStageFolder)/ nor beside this folder"
    )
  }

  private func ensemble(
    _ folder: URL, _ members: [ModelEnsemble.Member], postprocessing path: String, deciding: [String] = []
  ) throws(ModelError) -> ModelEnsemble {
    let first = members[0].model
    for member in members.dropFirst() {
      let model = member.model
      guard model.dataset.labels == first.dataset.labels, model.dataset.channelNames == first.dataset.channelNames,
        model.dataset.regionsClassOrder == first.dataset.regionsClassOrder, model.orientation == first.orientation
      else {
        throw ModelError(
          .weights, model.folder, "has other channels, labels or axis codes than \(first.folder.lastPathComponent)")
      }
    }
    let postprocessing = try self.postprocessing(folder.appending(path: path), first.dataset)
    let models = members.flatMap { $0.stages }
    let warnings = models.flatMap { model in
      model.warnings.map { models.count == 1 ? $0 : "\(model.configuration.name): \($0)" }
    }
    return ModelEnsemble(
      folder: folder, members: members, postprocessing: postprocessing,
      digest: try digest(models, folder, deciding + (postprocessing == nil ? [] : [path]) + trust(folder)),
      warnings: warnings + unapplied(folder, postprocessing))
  }

  private func trust(_ folder: URL) -> [String] {
    let name = ModelEnsemble.trustName
    return FileManager.default.fileExists(atPath: folder.appending(path: name).path) ? [name] : []
  }

  private func postprocessing(_ file: URL, _ dataset: DatasetDescription) throws(ModelError) -> Postprocessing? {
    let data: Data
    do { data = try Data(contentsOf: file) } catch {
      // A link that leads nowhere is there too: what cannot be read would change the labels.
      guard (try? FileManager.default.attributesOfItem(atPath: file.path)) != nil else { return nil }
      throw ModelError(.missing, file, "cannot be read: \(error.localizedDescription); remove it, or make it readable")
    }
    do throws(PostprocessingError) {
      return try Postprocessing(parsing: data, dataset: dataset)
    } catch { throw ModelError(.malformed, file, error.description) }
  }

  /// nnU-Net leaves a finding beside the cross-validation, and its own predict does not apply it.
  private func unapplied(_ folder: URL, _ postprocessing: Postprocessing?) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let found = names.sorted().first { name in
      name.hasPrefix("crossval_results")
        && FileManager.default.fileExists(atPath: folder.appending(path: "\(name)/postprocessing.json").path)
    }
    guard postprocessing == nil, let found else { return [] }
    return [
      "\(found)/postprocessing.json is not applied, as in nnU-Net's predict; copy it beside plans.json to apply it"
    ]
  }

  private func digest(_ models: [TrainedModel], _ folder: URL, _ more: [String]) throws(ModelError) -> ModelDigest {
    let base = folder.standardizedFileURL.path
    // What the models have digested is not read again.
    var files = try ModelDigest(of: more, in: folder).files
    for model in models {
      let place = model.folder.standardizedFileURL.path
      let prefix: String
      if place == base {
        prefix = ""
      } else if place.hasPrefix(base + "/") {
        prefix = String(place.dropFirst(base.count + 1)) + "/"
      } else {
        prefix = "../\(model.folder.lastPathComponent)/"
      }
      files += model.digest.files.map { ModelDigest.File(path: prefix + $0.path, sha256: $0.sha256) }
    }
    return ModelDigest(files: files)
  }
}

extension ModelEnsemble {
  /// Where an imported cascade keeps its first stage, below the second stage's folder.
  static let previousStageFolder = "previous_stage"
}
