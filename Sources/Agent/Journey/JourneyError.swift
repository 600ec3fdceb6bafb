internal import Audit
public import Digests

/// One series could not go on: it is recorded as such, and the agent takes the next.
public struct JourneyError: Error, Sendable, CustomStringConvertible {
  /// How a journey that stops early goes on record.
  public enum Ending: String, Sendable {
    /// No rule takes the scan.
    case unmatched
    /// The input is not what can be processed.
    case refused
    /// The input may be fine; something else was not.
    case failed
    /// Slices are missing and the rule says to wait for them; nothing is recorded until the wait is over.
    case held
    /// It is a channel of a study, which is worked on as a whole: nothing is recorded of the series alone.
    case gathered
    /// The cause can pass, as a lack of memory does: nothing is recorded until it is given up, and then it is refused.
    case postponed
    /// The audit or the output tree cannot be written: the agent cannot go on.
    case agent
    /// The agent was told to stop; nothing is recorded, and the series is taken up again at the next start.
    case interrupted
  }

  /// Where it stopped.
  public let stage: Stage
  /// How it goes on record.
  public let ending: Ending
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The same, file by file, where single files are the cause: path and reason.
  public let files: [(path: String, reason: String)]
  /// The rule that had taken the scan.
  public private(set) var rule: String?
  /// The model that would have run.
  public private(set) var modelDigest: SHA256Digest?

  /// Whether it would go on record as what became of the input. A file that was moved meanwhile, or is being sent again, may be the
  /// cause: then it says nothing of what is there now.
  var tellsOfInput: Bool { ending == .refused || ending == .failed }

  /// The stage and the message.
  public var description: String { "\(stage.rawValue): \(message)" }

  init(
    _ stage: Stage, _ ending: Ending, _ message: String, files: [(path: String, reason: String)] = [],
    rule: String? = nil
  ) {
    self.stage = stage
    self.ending = ending
    self.message = message
    self.files = files
    self.rule = rule
  }

  /// This error, of a scan that a rule and a model had taken.
  func of(_ match: MatchedScan) -> JourneyError {
    var error = self
    error.rule = match.rule.name
    error.modelDigest = match.key.modelSHA256
    return error
  }
}
