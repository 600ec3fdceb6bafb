/// A checkpoint file (`.pth` or `.safetensors`) could not be read, or was refused.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
  /// What sort of trouble it is.
  public enum Kind: Sendable, Hashable {
    /// The file is missing or the system will not read it.
    case unreadable
    /// The bytes break the format: a truncated file, a length that lies, a checksum that fails.
    case damaged
    /// The file asks for something that is never done: it names a callable outside the list, or deflated entries.
    case refused
    /// The file needs more than a budget of ``CheckpointLimits`` allows.
    case overBudget
    /// The file is whole but its content is not a trained network: a missing key, a NaN weight.
    case unsuitable
  }

  /// The sort of trouble.
  public let kind: Kind
  /// The file.
  public let path: String
  /// One sentence on one line: what was expected, what was found, where.
  public let reason: String

  /// The path and the sentence.
  public var description: String { "\(path): \(reason)" }

  /// An error about `path`. What does not show in `reason`, as names in a hostile file, becomes U+FFFD.
  public init(_ kind: Kind, _ path: String, _ reason: String) {
    self.kind = kind
    self.path = path
    self.reason = String(
      String.UnicodeScalarView(
        reason.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
          default: scalar
          }
        }))
  }
}
