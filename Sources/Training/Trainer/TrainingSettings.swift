/// How long and how a network is trained.
public struct TrainingSettings: Sendable, Codable, Equatable {
  /// nnU-Net v2's way (SGD, polynomial decay, deep supervision) or the paper's (Adam, plateaus).
  public var recipe: Augmentation.Recipe
  /// Epochs; the paper's way may stop before.
  public var epochs: Int
  /// Training batches of an epoch.
  public var iterations: Int
  /// Validation batches of an epoch.
  public var validationIterations: Int
  /// Decides the first weights and every batch.
  public var seed: UInt64
  /// Which changes of the recipe's augmentation are made; nil for all, as checkpoints have it that know of no choice.
  public var augmentation: Augmentation.Scope?
  /// Digest of the weights that training began with instead of random ones.
  public var pretrainedSHA256: String?
  /// Digest of which cases are trained on and which are held back (``FiveFolds/Fold/sha256``); nil in checkpoints of a version that kept none.
  public var splitSHA256: String?

  /// nnU-Net's lengths.
  public init(
    recipe: Augmentation.Recipe = .v2, epochs: Int = 1000, iterations: Int = 250, validationIterations: Int = 50,
    seed: UInt64 = 12345, augmentation: Augmentation.Scope = .all
  ) {
    self.recipe = recipe
    self.epochs = epochs
    self.iterations = iterations
    self.validationIterations = validationIterations
    self.seed = seed
    self.augmentation = augmentation == .all ? nil : augmentation
  }

  /// Name of the trainer, the first part of a trained model's folder.
  public var trainerName: String { recipe == .v2 ? "VigilTrainer" : "VigilPaperTrainer" }
}

/// The figures of one epoch: a line of `log.jsonl`.
public struct EpochRecord: Sendable, Codable, Equatable {
  /// From 0.
  public let epoch: Int
  /// Mean over the training batches.
  public let trainingLoss: Double
  /// Mean over the validation batches.
  public let validationLoss: Double
  /// Dice of each foreground class over all validation batches together (nnU-Net's pseudo Dice); nil where neither side had any.
  public let dice: [Double?]
  /// Mean of those there are.
  public let meanDice: Double?
  /// Moving average of ``meanDice``, 0.9 of the old kept.
  public let averagedDice: Double?
  /// Learning rate.
  public let learningRate: Double
  /// How long it took, s. The only figure that differs from run to run.
  public let seconds: Double
}
