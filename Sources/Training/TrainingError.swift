/// Why a training run cannot start or go on.
public struct TrainingError: Error, Equatable, CustomStringConvertible {
  /// What was expected, what was found, where, and what to do.
  public let description: String
  /// Whether nothing is wrong: the caller asked to stop.
  public let isStop: Bool

  init(_ description: String) {
    self.description = description
    isStop = false
  }

  /// The caller asked to stop while `what` was done; what is whole of it is not done again.
  init(stoppedWhile what: String) {
    description = "stopped while \(what); --resume goes on from there"
    isStop = true
  }

  /// The caller asked to stop after `epochs` whole epochs.
  init(stoppedAfter epochs: Int) {
    description =
      epochs == 0
      ? "stopped in the first epoch, before there was a checkpoint; --resume begins it again"
      : "stopped in epoch \(epochs + 1); --resume goes on from the checkpoint of epoch \(epochs)"
    isStop = true
  }
}
