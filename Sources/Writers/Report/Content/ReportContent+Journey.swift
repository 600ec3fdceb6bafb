public import Foundation

extension ReportContent {
  /// One stage of the journey.
  public struct Stage: Sendable {
    /// Its name (`converted`, `inferred`).
    public var name: String
    /// When it began.
    public var startedAt: Date
    /// How long it took, seconds; nil when it did not end.
    public var seconds: Double?
    /// What the audit keeps of it, in the order to be shown.
    public var facts: [Fact]

    /// A stage.
    public init(name: String, startedAt: Date, seconds: Double?, facts: [Fact]) {
      self.name = name
      self.startedAt = startedAt
      self.seconds = seconds
      self.facts = facts
    }
  }

  /// One thing known of a stage.
  public struct Fact: Sendable {
    /// What it is (`windows`).
    public var key: String
    /// Its value as text (`48`).
    public var text: String

    /// A fact.
    public init(key: String, text: String) {
      self.key = key
      self.text = text
    }
  }

  /// A sentence for the reader, beside the findings.
  public struct Note: Sendable {
    /// How much it matters.
    public enum Severity: String, Sendable, CaseIterable {
      /// The result needs a person's review.
      case warning
      /// Good to know.
      case information
    }

    /// How much it matters.
    public var severity: Severity
    /// The sentence.
    public var text: String

    /// A note.
    public init(severity: Severity, text: String) {
      self.severity = severity
      self.text = text
    }
  }
}
