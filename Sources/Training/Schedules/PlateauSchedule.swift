/// The first paper's learning rate: cut when the training loss has stopped falling, and with it when to stop.
///
/// Exponential moving averages of both losses (`new = 0.93 old + 0.07 x`, from the first value). The rate is divided by 5 when the
/// training average has not improved by 5e-3 or more in 30 epochs, counted from the last improvement or cut. Training ends when the
/// validation average has not improved by more than 5e-3 in 60 epochs, but not before the rate is below 1e-6 (which the paper's text
/// has the wrong way round).
public struct PlateauSchedule: Sendable, Codable, Equatable {
  /// Of the next epoch.
  public private(set) var rate: Double
  /// Moving average of the training loss; nil before the first epoch.
  public private(set) var training: Double?
  /// Moving average of the validation loss.
  public private(set) var validation: Double?
  /// Epochs since the training average improved, or the rate was cut.
  public private(set) var epochsSinceTraining = 0
  /// Epochs since the validation average improved.
  public private(set) var epochsSinceValidation = 0
  private var bestTraining: Double?
  private var bestValidation: Double?

  /// How much of a moving average stays.
  public static let averageKept = 0.93
  /// What a loss must fall by.
  public static let improvement = 5e-3
  /// Epochs without improvement after which the rate is cut.
  public static let patience = 30
  /// Epochs without improvement after which training ends.
  public static let stoppingPatience = 60
  /// What the rate is divided by.
  public static let cut = 5.0
  /// Training goes on at least until the rate is below.
  public static let leastRate = 1e-6

  /// Before the first epoch.
  public init(initialRate: Double = 3e-4) {
    rate = initialRate
  }

  /// Whether training should end.
  public var isOver: Bool { rate < Self.leastRate && epochsSinceValidation >= Self.stoppingPatience }

  /// Takes in the mean losses of an epoch. True when the rate was cut.
  @discardableResult
  public mutating func observe(trainingLoss: Double, validationLoss: Double) -> Bool {
    let trained = Self.average(training, trainingLoss)
    let validated = Self.average(validation, validationLoss)
    (training, validation) = (trained, validated)
    epochsSinceTraining += 1
    epochsSinceValidation += 1
    if bestTraining.map({ trained <= $0 - Self.improvement }) ?? true {
      (bestTraining, epochsSinceTraining) = (trained, 0)
    }
    if bestValidation.map({ validated < $0 - Self.improvement }) ?? true {
      (bestValidation, epochsSinceValidation) = (validated, 0)
    }
    guard epochsSinceTraining >= Self.patience else { return false }
    rate /= Self.cut
    epochsSinceTraining = 0
    return true
  }

  private static func average(_ old: Double?, _ value: Double) -> Double {
    old.map { averageKept * $0 + (1 - averageKept) * value } ?? value
  }
}
