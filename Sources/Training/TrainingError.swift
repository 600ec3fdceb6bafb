/// Why a training run cannot start or go on.
public struct TrainingError: Error, Equatable, CustomStringConvertible {
  /// What was expected, what was found, where, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
