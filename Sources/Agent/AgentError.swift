/// The agent itself cannot go on: it stops with a sentence that says what to do. Exit status 69.
public struct AgentError: Error, Sendable, CustomStringConvertible {
  /// What happened, and what to do.
  public let description: String

  /// An error with the sentence that the person will read.
  public init(_ description: String) { self.description = description }
}
