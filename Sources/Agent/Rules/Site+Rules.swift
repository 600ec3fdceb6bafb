internal import Audit
internal import Foundation
internal import Logging
internal import Synchronization

/// The rules in force, and what depends on them.
extension Site {
  /// The rule of that name, as it is now.
  func ruleNamed(_ name: String) -> Rule? {
    readRules().rules.first { $0.name == name }
  }

  /// Reads the rules folder.
  func readRules() -> RuleBook {
    RuleBook(readingFrom: configuration.rules, allowingWritable: configuration.allowsWritableRules)
  }

  /// One more each time the rules, or the models that they name, were found changed.
  var rulesGeneration: Int { generation.load(ordering: .acquiring) }

  /// The rules, read again when a file in their folder or in a model's has changed. A rule that no longer reads stays in force
  /// as it was.
  @discardableResult
  func rulesInForce() throws(AgentError) -> RuleBook {
    let known = rules.withLock { $0 }
    let stamp = FolderStamp(of: [configuration.rules])
    let hasChanged = rulesStamp.withLock { $0 } != stamp.union(FolderStamp(of: known.models))
    guard hasChanged || known.isUnlisted else { return known }
    let read = readRules()
    let book = read.fallingBack(on: known)
    if read.isUnlisted {
      // What was there stays in force, and the folder is tried again at the next look.
      rules.withLock { $0 = book }
      if !known.isUnlisted { try tell(read.problems) }
      return book
    }
    rules.withLock { $0 = book }
    rulesStamp.withLock { $0 = stamp.union(FolderStamp(of: book.models)) }
    generation.add(1, ordering: .acquiringAndReleasing)
    try tell(read.problems)
    try record("rules-changed", ["digest": read.digest])
    return book
  }

  /// Whether a run ended as it did for reasons that other rules or models may take away.
  func mayFareBetter(_ run: RunID) throws(AgentError) -> Bool {
    do throws(AuditError) { return try audit.dependsOnRules(run) } catch { throw AgentError("\(error)") }
  }

  /// Puts what is wrong with rules into the log and on record.
  func tell(_ problems: [RuleError]) throws(AgentError) {
    for problem in problems {
      logger.warning("rule cannot be used", metadata: ["problem": "\(problem)"])
      try record("rule-problem", ["problem": problem.description])
    }
  }
}
