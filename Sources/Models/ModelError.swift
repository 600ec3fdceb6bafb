import Foundation

/// A trained-model folder could not be used: what was expected, what was found, where.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What sort of trouble it is.
  public enum Kind: Sendable, Hashable {
    /// A file or folder is not there, cannot be read or cannot be written.
    case missing
    /// A file is not what its name says, or is damaged.
    case malformed
    /// A checkpoint asks for something that is never done, or needs more than its budget.
    case refused
    /// A whole and honest model of a sort that this engine does not run.
    case unsupported
    /// The weights do not belong to the plan.
    case weights
    /// The request does not suit the model: a fold or a configuration it does not have, an image that does not fit.
    case request
    /// The caller asked to stop.
    case cancelled
  }

  /// The sort of trouble.
  public let kind: Kind
  /// The file or folder, or empty.
  public let path: String
  /// One sentence.
  public let reason: String

  /// The path and the sentence.
  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }

  /// An error about `path`.
  init(_ kind: Kind, _ path: String, _ reason: String) {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  /// An error about `file`.
  init(_ kind: Kind, _ file: URL, _ reason: String) {
    self.init(kind, file.path, reason)
  }

  /// What a checkpoint reader said.
  init(_ error: CheckpointError) {
    let kind: Kind =
      switch error.kind {
      case .unreadable: .missing
      case .damaged: .malformed
      case .refused, .overBudget: .refused
      case .unsuitable: .weights
      }
    self.init(kind, error.path, error.reason)
  }
}
