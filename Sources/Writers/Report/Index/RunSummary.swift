public import Foundation

/// One run as the index shows it: plain values, no patient name, identifier or birth date.
public struct RunSummary: Sendable {
  /// How a run ended, the audit's words.
  public enum Outcome: String, Sendable, CaseIterable, Codable {
    /// There is a segmentation.
    case segmented
    /// No rule takes the series.
    case unmatched
    /// The series cannot be processed.
    case refused
    /// An error stopped it.
    case failed
  }

  /// The run's number in the audit database, as text.
  public var id: String
  /// The rule; empty when none matched.
  public var rule: String
  /// How it ended.
  public var outcome: Outcome
  /// What the scan is.
  public var series: ReportContent.Series
  /// When the run began.
  public var startedAt: Date
  /// How long it took, seconds.
  public var seconds: Double?
  /// The run's folder relative to the index, one name a component; a name that is not safe
  /// (``OutputName/isSafe(_:)``) makes no link.
  public var folder: [String]
  /// The file of that folder to open; nil when there is none.
  public var page: String?
  /// What was found, in the model's order.
  public var labels: [LabelFigures] = []
  /// Why there is no segmentation, a sentence.
  public var reason: String?
  /// How far the result is to be trusted, where it was asked.
  public var trust: Trust?
  /// What a person said of it.
  public var review: Review?
  /// A small PNG (``Thumbnail``).
  public var thumbnail: [UInt8]?

  /// A run; what is not named here starts empty and can be set afterwards.
  public init(
    id: String, rule: String, outcome: Outcome, series: ReportContent.Series, startedAt: Date, seconds: Double?,
    folder: [String], page: String?
  ) {
    self.id = id
    self.rule = rule
    self.outcome = outcome
    self.series = series
    self.startedAt = startedAt
    self.seconds = seconds
    self.folder = folder
    self.page = page
  }
}

extension RunSummary {
  /// The figures of one label.
  public struct LabelFigures: Sendable {
    /// The label's name.
    public var name: String
    /// Its volume, ml.
    public var millilitres: Double
    /// Dice against the supplied mask; nil without one, or where none is defined.
    public var dice: Double?

    /// A label's figures.
    public init(name: String, millilitres: Double, dice: Double? = nil) {
      self.name = name
      self.millilitres = millilitres
      self.dice = dice
    }
  }

  /// How far to trust a result for which there is no mask.
  public struct Trust: Sendable {
    /// The mean Dice to expect, 0 to 1; nil where none can be foretold.
    public var expectedDice: Double?
    /// The judgement in a word.
    public var verdict: ReportContent.Trust.Verdict
    /// Whether the rule holds the result until a person has reviewed it.
    public var isHeld: Bool
    /// Why, a sentence each, worst first.
    public var reasons: [String]

    /// A judgement.
    public init(
      expectedDice: Double?, verdict: ReportContent.Trust.Verdict, isHeld: Bool = false, reasons: [String] = []
    ) {
      self.expectedDice = expectedDice
      self.verdict = verdict
      self.isHeld = isHeld
      self.reasons = reasons
    }
  }

  /// A person's review.
  public struct Review: Sendable {
    /// What it came to.
    public enum Verdict: String, Sendable, CaseIterable, Codable {
      /// Good.
      case accepted
      /// Not good.
      case rejected
    }

    /// What it came to.
    public var verdict: Verdict
    /// What the person noted; may be empty.
    public var note: String
    /// Who it was; may be empty.
    public var reviewer: String
    /// When.
    public var reviewedAt: Date

    /// A review.
    public init(verdict: Verdict, note: String, reviewer: String = "", reviewedAt: Date) {
      self.verdict = verdict
      self.note = note
      self.reviewer = reviewer
      self.reviewedAt = reviewedAt
    }
  }
}

extension RunSummary {
  /// Whether a run's number can stand in a command as it is.
  static func isShellSafe(_ id: String) -> Bool {
    guard let first = id.utf8.first, first != UInt8(ascii: "-") else { return false }
    return id.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
    }
  }
}
