/// One channel of a rule that takes several series of a study.
package struct RuleChannel: Sendable, Hashable {
  /// The model's name of the channel (`channel_names` of its `dataset.json`).
  package let name: String
  /// What must hold of its series, beside the rule's `match`.
  package let conditions: [Condition]
  /// Where the rule file says so.
  package let line: Int?
}
