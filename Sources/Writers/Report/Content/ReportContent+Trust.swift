extension ReportContent {
  /// How far the result is to be trusted without a mask to compare it with: a judgement of the program, made before anybody has
  /// looked.
  public struct Trust: Sendable {
    /// The judgement in a word.
    public enum Verdict: String, Sendable, CaseIterable, Codable {
      /// Nothing speaks against the result.
      case good
      /// Something does; look at it.
      case doubtful
      /// The result is probably of no use.
      case poor
    }

    /// The mean Dice to expect, 0 to 1; nil where none can be foretold.
    public var expectedDice: Double?
    /// The judgement in a word.
    public var verdict: Verdict
    /// Whether the rule holds the result until a person has reviewed it.
    public var isHeld: Bool
    /// What the judgement rests on, a label each.
    public var labels: [Label]
    /// What speaks against the result, a sentence each, worst first.
    public var warnings: [String]

    /// A judgement.
    public init(expectedDice: Double?, verdict: Verdict, isHeld: Bool, labels: [Label], warnings: [String]) {
      self.expectedDice = expectedDice
      self.verdict = verdict
      self.isHeld = isHeld
      self.labels = labels
      self.warnings = warnings
    }

    /// What is known of one label.
    public struct Label: Sendable {
      /// Its name.
      public var name: String
      /// The Dice to expect, 0 to 1.
      public var expectedDice: Double?
      /// Mean Dice between what the folds say, pair by pair, 0 to 1.
      public var foldDice: Double?
      /// Mean entropy of the folds' votes over the voxels in question, as recorded.
      public var entropy: Double?

      /// A label's figures; nil where there is none.
      public init(name: String, expectedDice: Double?, foldDice: Double?, entropy: Double?) {
        self.name = name
        self.expectedDice = expectedDice
        self.foldDice = foldDice
        self.entropy = entropy
      }
    }
  }
}
