import Digests
import Networks
import Preprocessing

/// What `vigil model show` says of a model or an ensemble; encodes to JSON with the keys as they are here.
public struct ModelSummary: Sendable, Equatable, Encodable, CustomStringConvertible {
  /// The data set it was trained on.
  public let dataset: String
  /// Its input channels in order.
  public let channels: [String]
  /// Its labels as "1 Anterior", in order.
  public let labels: [String]
  /// Every model, in the order in which they run.
  public let models: [Model]
  /// The labels of each removal of smaller components afterwards.
  public let postprocessing: [[Int]]
  /// The digest over its files.
  public let sha256: String
  /// What a person should know.
  public let warnings: [String]

  /// One trained model.
  public struct Model: Sendable, Equatable, Encodable {
    /// The configuration.
    public let configuration: String
    /// nnU-Net's class of the network.
    public let network: String
    /// Channels per stage, highest resolution first.
    public let features: [Int]
    /// Learnt values of one fold.
    public let parameters: Int
    /// The patch, voxels.
    public let patch: [Int]
    /// The spacing scans are brought to, mm.
    public let spacing: [Double]
    /// Normalisation of each channel.
    public let normalization: [String]
    /// The trainer.
    public let trainer: String
    /// The folds as "0 (14 epochs)".
    public let folds: [String]
    /// Axes that may be mirrored.
    public let mirrorAxes: [Int]
  }

  /// Of everything that a rule runs.
  public init(_ ensemble: ModelEnsemble) {
    let description = ensemble.dataset
    dataset = ensemble.members[0].model.plans.datasetName
    channels = description.channelNames
    labels = description.writtenLabels.map { "\($0) \(description.name(of: $0))" }
    models = ensemble.models.map { Model($0) }
    postprocessing = ensemble.postprocessing?.steps.map { $0.labels } ?? []
    sha256 = ensemble.digest.sha256.description
    warnings = ensemble.warnings
  }

  /// Of a single model.
  public init(_ model: TrainedModel) { self.init(ModelEnsemble(model)) }

  /// One line for each fact.
  public var description: String {
    let facts = [
      ("data set", dataset), ("channels", channels.joined(separator: ", ")), ("labels", labels.joined(separator: ", ")),
    ]
    let removals = postprocessing.map { ("keep largest", "\($0)") }
    let lines = facts + models.flatMap { $0.lines } + removals + [("sha256", sha256)]
    let width = lines.map { $0.0.count }.max() ?? 0
    let text = lines.map { name, text in name + String(repeating: " ", count: width - name.count + 2) + text }
    return (text + warnings.map { "warning: \($0)" }).joined(separator: "\n")
  }
}

extension ModelSummary.Model {
  fileprivate init(_ model: TrainedModel) {
    configuration = model.configuration.name
    network = model.architecture.kind.rawValue
    features = model.architecture.featuresPerStage
    parameters = model.parameterCount
    patch = model.configuration.patchSize
    spacing = model.configuration.spacing
    normalization = model.configuration.normalizationSchemes.map { $0.rawValue }
    trainer = model.trainer
    folds = model.folds.map { fold in fold.name + (fold.epochs.map { " (\($0) epochs)" } ?? "") }
    mirrorAxes = model.mirrorAxes
  }

  fileprivate var lines: [(String, String)] {
    [
      ("configuration", configuration), ("network", "\(network), features \(features), \(parameters) parameters"),
      ("patch", "\(patch) voxels of \(spacing) mm"), ("normalization", normalization.joined(separator: ", ")),
      ("trainer", trainer), ("folds", folds.joined(separator: ", ")), ("mirror axes", "\(mirrorAxes)"),
    ]
  }
}
