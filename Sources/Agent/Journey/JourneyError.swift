/// One series could not go on: it is recorded as such, and the agent takes the next.
public struct JourneyError: Error, Sendable, CustomStringConvertible {
  /// How a journey that stops early is recorded.
  public enum Ending: String, Sendable {
    /// No rule takes the scan.
    case unmatched
    /// The input is not what can be processed.
    case refused
    /// The input may be fine; something else was not.
    case failed
    /// The agent was told to stop; nothing is recorded, and the series is taken up again at the next start.
    case interrupted
  }

  /// Where it stopped.
  public let stage: Stage
  /// How it is recorded.
  public let ending: Ending
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The same, file by file, where single files are the cause: path and reason.
  public let files: [(path: String, reason: String)]

  /// The stage and the message.
  public var description: String { "\(stage.rawValue): \(message)" }

  init(_ stage: Stage, _ ending: Ending, _ message: String, files: [(path: String, reason: String)] = []) {
    self.stage = stage
    self.ending = ending
    self.message = message
    self.files = files
  }
}
