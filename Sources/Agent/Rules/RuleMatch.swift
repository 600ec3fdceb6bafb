/// Which rule takes a scan, or why none does.
package enum RuleVerdict: Sendable {
  /// One rule has the highest priority among those whose conditions all hold.
  case rule(Rule)
  /// No rule's conditions all hold.
  case unmatched([RuleObjection])
  /// Several rules of the same priority hold: an error, never a coin toss.
  case ambiguous([Rule])
}

/// Why a rule does not take a scan: each condition that does not hold.
package struct RuleObjection: Sendable, CustomStringConvertible {
  package let rule: String
  package let reasons: [String]

  package var description: String { "\(rule): \(reasons.joined(separator: "; "))" }
}

extension RuleBook {
  package func verdict(on subject: RuleSubject) -> RuleVerdict {
    var holding: [Rule] = []
    var objections: [RuleObjection] = []
    for rule in rules {
      let reasons = rule.conditions.compactMap { $0.objection(to: subject) }
      if reasons.isEmpty {
        holding.append(rule)
      } else {
        objections.append(RuleObjection(rule: rule.name, reasons: reasons))
      }
    }
    guard let highest = holding.map({ $0.priority }).max() else { return .unmatched(objections) }
    let best = holding.filter { $0.priority == highest }
    return best.count == 1 ? .rule(best[0]) : .ambiguous(best)
  }
}
