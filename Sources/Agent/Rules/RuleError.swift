public import Foundation

/// Something is wrong with a rule: what, where, and what would be right.
public struct RuleError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The rule file, or the rules folder.
  public let file: URL
  /// Line in the file, counted from 1; nil when the file as a whole is meant.
  public let line: Int?
  /// One or two sentences: what was found, what was expected.
  public let message: String

  /// `file:line: message`.
  public var description: String { "\(file.path)\(line.map { ":\($0)" } ?? ""): \(message)" }
}
