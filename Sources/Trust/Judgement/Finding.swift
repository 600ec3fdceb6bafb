/// One thing that a person should know of a scan or its segmentation.
package struct Finding: Sendable, Equatable {
  /// How much it means.
  package enum Weight: Sendable {
    /// No reason for doubt.
    case note
    /// A reason for doubt.
    case doubtful
    /// A reason to expect that the segmentation is wrong.
    case grave
  }

  /// A sentence.
  package let text: String
  /// How much it means.
  package let weight: Weight

  /// Whether a segmentation with it is not good.
  package var isFlag: Bool { weight != .note }

  init(_ weight: Weight, _ text: String) {
    self.weight = weight
    self.text = text
  }
}

extension [Finding] {
  var verdict: TrustReport.Verdict {
    if contains(where: { $0.weight == .grave }) { return .poor }
    return contains { $0.weight == .doubtful } ? .doubtful : .good
  }
}
