/// Which rule takes a scan, or why none does.
package enum RuleVerdict: Sendable {
  /// One rule has the highest priority among those whose conditions all hold.
  case rule(Rule)
  /// The same, of a rule for studies: the scan is one of its channels, the one at this index.
  case channel(Rule, Int)
  /// No rule's conditions all hold.
  case unmatched([RuleObjection])
  /// Several rules of the same priority hold: an error, never a coin toss.
  case ambiguous([Rule])
  /// The rule of highest priority takes the scan for several of its channels: an error likewise.
  case ambiguousChannels(Rule, [RuleChannel])
}

/// Why a rule does not take a scan: each condition that does not hold.
package struct RuleObjection: Sendable, CustomStringConvertible {
  package let rule: String
  package let reasons: [String]

  package var description: String { "\(rule): \(reasons.joined(separator: "; "))" }
}

extension RuleBook {
  package func verdict(on subject: RuleSubject) -> RuleVerdict {
    var holding: [(rule: Rule, channels: [Int])] = []
    var objections: [RuleObjection] = []
    for rule in rules {
      switch rule.answer(to: subject) {
      case .success(let channels): holding.append((rule, channels))
      case .failure(let objection): objections.append(objection)
      }
    }
    guard let highest = holding.map({ $0.rule.priority }).max() else { return .unmatched(objections) }
    let best = holding.filter { $0.rule.priority == highest }
    guard best.count == 1 else { return .ambiguous(best.map { $0.rule }) }
    let (rule, channels) = best[0]
    switch channels.count {
    case 0: return .rule(rule)
    case 1: return .channel(rule, channels[0])
    default: return .ambiguousChannels(rule, channels.map { rule.channels[$0] })
    }
  }
}

extension RuleObjection: Error {}

extension Rule {
  /// The channels that the scan is, by index; none where the rule takes single series.
  fileprivate func answer(to subject: RuleSubject) -> Result<[Int], RuleObjection> {
    let reasons = conditions.compactMap { $0.objection(to: subject) }
    guard reasons.isEmpty else { return .failure(RuleObjection(rule: name, reasons: reasons)) }
    guard isStudy else { return .success([]) }
    let each = channels.map { channel in channel.conditions.compactMap { $0.objection(to: subject) } }
    let held = each.indices.filter { each[$0].isEmpty }
    guard held.isEmpty else { return .success(held) }
    let words = zip(channels, each).map { channel, reasons in "no \(channel.name): \(reasons.joined(separator: ", "))" }
    return .failure(RuleObjection(rule: name, reasons: words))
  }
}
