/// One step of a training: what `vigil` is called with, for which folds, and what must be done before. The same steps run one after
/// the other here, or as jobs on a cluster.
public struct TrainingStep: Sendable {
  /// `prepare`, a configuration's name, or `select`.
  public let name: String
  /// Arguments of `vigil`; for a step with folds `--fold N` is added.
  public let command: [String]
  /// The folds that are to be trained; nil: the step has none.
  public let folds: [Int]?
  /// Names of the steps that must have ended well before.
  public let after: [String]
  /// The folder of the trained configuration; nil: the step trains none.
  public let model: String?
  /// Epochs of a fold.
  public let epochs: Int

  /// A step.
  public init(
    _ name: String, command: [String], folds: [Int]? = nil, after: [String] = [], model: String? = nil, epochs: Int = 0
  ) {
    (self.name, self.command, self.folds, self.after) = (name, command, folds, after)
    (self.model, self.epochs) = (model, epochs)
  }

  /// The calls of `vigil` that it consists of.
  public var calls: [[String]] { folds.map { $0.map { command + ["--fold", "\($0)"] } } ?? [command] }
}
