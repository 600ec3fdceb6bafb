public import Foundation
public import Preprocessing

/// Everything that one rule runs: a trained model, a cascade of two, or several configurations whose probabilities are averaged,
/// and what is done to the segmentation afterwards.
public struct ModelEnsemble: Sendable {
  /// One configuration of the ensemble.
  public struct Member: Sendable {
    /// The models it runs, in order: one, or for a cascade the low-resolution model and then the one that takes its result.
    public let stages: [TrainedModel]

    /// The model whose logits count.
    public var model: TrainedModel { stages[stages.count - 1] }
  }

  /// Name of the file, beside the plan or the selection, that says how far results may be trusted; `vigil model calibrate` makes it.
  public static let trustName = "trust.json"

  /// Where it was read from.
  public let folder: URL
  /// The configurations; probabilities are averaged when there are several.
  public let members: [Member]
  /// What is removed afterwards; nil: nothing.
  public let postprocessing: Postprocessing?
  /// The files that were read, paths relative to ``folder`` (`../` where nnU-Net keeps a cascade's first stage beside it).
  public let digest: ModelDigest
  /// What a person should know, of all members.
  public let warnings: [String]

  /// Channels and labels, the same for every member.
  public var dataset: DatasetDescription { members[0].model.dataset }

  /// Every model, in the order in which they run.
  public var models: [TrainedModel] { members.flatMap { $0.stages } }

  /// A single model without a cascade's first stage and without postprocessing.
  public init(_ model: TrainedModel) {
    folder = model.folder
    members = [Member(stages: [model])]
    postprocessing = nil
    digest = model.digest
    warnings = model.warnings
  }

  init(folder: URL, members: [Member], postprocessing: Postprocessing?, digest: ModelDigest, warnings: [String]) {
    self.folder = folder
    self.members = members
    self.postprocessing = postprocessing
    self.digest = digest
    self.warnings = warnings
  }
}
