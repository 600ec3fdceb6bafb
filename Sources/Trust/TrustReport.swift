/// What can be said, without a mask, of how far a segmentation may be trusted: the fact `trust` of the stage `postprocessed`.
public struct TrustReport: Sendable, Equatable {
  /// In a word.
  public enum Verdict: String, Sendable, Codable, CaseIterable, Comparable {
    /// As the training scans were.
    case good
    /// Something is unlike the training scans.
    case doubtful
    /// The segmentation is likely to be wrong.
    case poor

    /// Whether this is better than `other`.
    public static func > (verdict: Verdict, other: Verdict) -> Bool { other < verdict }

    /// Worse verdicts come first.
    public static func < (verdict: Verdict, other: Verdict) -> Bool { verdict.rank < other.rank }

    private var rank: Int {
      switch self {
      case .poor: 0
      case .doubtful: 1
      case .good: 2
      }
    }
  }

  /// One label's part.
  public struct Label: Sendable, Equatable {
    /// The label's value.
    public let label: Int
    /// Its name.
    public let name: String
    /// The Dice that the calibration expects against a mask drawn by hand, 0...1; nil where the model is not calibrated.
    public let expectedDice: Double?
    /// Mean Dice between each two folds' own segmentations, 0...1; nil with one fold, or where no fold found the label.
    public let foldDice: Double?
    /// Mean entropy of the folds' probabilities where they see the label, as a share of the largest possible; nil where none does.
    public let entropy: Double?

    /// One label's part.
    public init(label: Int, name: String, expectedDice: Double?, foldDice: Double?, entropy: Double?) {
      self.label = label
      self.name = name
      self.expectedDice = expectedDice
      self.foldDice = foldDice
      self.entropy = entropy
    }
  }

  /// The mean of the labels' expected Dice, 0...1; nil where the model is not calibrated.
  public let score: Double?
  /// In a word.
  public let verdict: Verdict
  /// Whether the rule holds the result for a person to look at.
  public var hold: Bool
  /// Each label that the model can write, ascending.
  public let perLabel: [Label]
  /// What a person should know, a sentence each.
  public let warnings: [String]

  /// A report.
  public init(score: Double?, verdict: Verdict, hold: Bool = false, perLabel: [Label], warnings: [String]) {
    self.score = score
    self.verdict = verdict
    self.hold = hold
    self.perLabel = perLabel
    self.warnings = warnings
  }
}

extension TrustReport: Codable {
  private enum CodingKeys: String, CodingKey { case score, verdict, hold, perLabel, warnings }

  /// As JSON, what is unknown as null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(score, forKey: .score)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(hold, forKey: .hold)
    try container.encode(perLabel, forKey: .perLabel)
    try container.encode(warnings, forKey: .warnings)
  }
}

extension TrustReport.Label: Codable {
  private enum CodingKeys: String, CodingKey { case label, name, expectedDice, foldDice, entropy }

  /// As JSON, what is unknown as null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(label, forKey: .label)
    try container.encode(name, forKey: .name)
    try container.encode(expectedDice, forKey: .expectedDice)
    try container.encode(foldDice, forKey: .foldDice)
    try container.encode(entropy, forKey: .entropy)
  }
}
