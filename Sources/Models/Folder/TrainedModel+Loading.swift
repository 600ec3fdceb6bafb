public import Foundation
import Networks
import Preprocessing

extension TrainedModel {
  /// Reads a trained-model folder exactly as nnU-Net v2 leaves it (`dataset.json`, `plans.json`,
  /// `fold_N/checkpoint_final.pth`), or as `vigil model import` writes it (`.safetensors`).
  ///
  /// - Parameters:
  ///   - configuration: A configuration of the plan; nil takes the one that the first fold names.
  ///   - folds: Which folds to average.
  ///   - checkpoint: Name of the checkpoint files without ending.
  /// - Throws: One sentence for the first thing that is missing, damaged, refused or unknown. Weights must fit the plan name by
  ///   name and shape by shape, all of them finite.
  public static func load(
    folder: URL, configuration: String? = nil, folds: FoldSelection = .all, checkpoint: String = "checkpoint_final",
    limits: CheckpointLimits = CheckpointLimits()
  ) throws(ModelError) -> TrainedModel {
    let contents = try ModelFolder(folder)
    let files = try contents.files(folds, checkpoint: checkpoint)
    let description = try ModelDescription(contents)
    // Folds side by side: opening and reading those of a small model takes as long as running it.
    // Two at a time: while it is read a large network takes memory twice.
    let threads = min(2, Threads.available)
    let opened = Threads.map(files.count, threads: threads) { index -> Result<Checkpoint, CheckpointError> in
      Result { () throws(CheckpointError) in
        try Checkpoint(folder.appending(path: files[index].path), limits: limits)
      }
    }
    var checkpoints: [Checkpoint] = []
    for checkpoint in opened {
      do throws(CheckpointError) { checkpoints.append(try checkpoint.get()) } catch { throw ModelError(error) }
    }
    let first = checkpoints[0].facts
    let named = try description.configuration(configuration ?? first.configuration, contents)
    try TrainerName.check(first.trainer, folder)
    let architecture = try description.architecture(named, folder)
    try description.checkPreparation(named, folder)
    let networks = Threads.map(files.count, threads: threads) { index -> Result<UNet, ModelError> in
      Result { () throws(ModelError) in try checkpoints[index].network(architecture, description.dataset, named) }
    }
    var built: [Fold] = []
    for (file, (checkpoint, network)) in zip(files, zip(checkpoints, networks)) {
      built.append(
        Fold(name: file.fold, path: file.path, epochs: checkpoint.facts.epoch, network: try network.get()))
    }
    let mirrorAxes = try mirrorAxes(first, named, checkpoints[0].file)
    let warnings = ModelWarnings(description: description, configuration: named, checkpoint: checkpoint)
    let model = TrainedModel(
      folder: folder, dataset: description.dataset, plans: description.plans, configuration: named,
      architecture: architecture, folds: built, trainer: first.trainer ?? "unknown", mirrorAxes: mirrorAxes,
      orientation: try description.orientation(folder),
      digest: try ModelDigest(of: ModelFolder.describingFiles + files.map { $0.path }, in: folder),
      warnings: warnings.all(contents, checkpoints.map { $0.facts }))
    _ = try model.predictor()
    return model
  }

  private static func mirrorAxes(
    _ facts: CheckpointFacts, _ configuration: PlanConfiguration, _ file: URL
  ) throws(ModelError) -> [Int] {
    let axes = facts.mirrorAxes ?? []
    guard axes.allSatisfy({ (0..<configuration.dimensions).contains($0) }), Set(axes).count == axes.count else {
      throw ModelError(
        .malformed, file, "inference_allowed_mirroring_axes \(axes) of a network with \(configuration.dimensions) axes")
    }
    return axes
  }
}
