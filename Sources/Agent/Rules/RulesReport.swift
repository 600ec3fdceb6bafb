public import Foundation
internal import Models
internal import Preprocessing

/// What `vigil rules check` says: every rule with its model, or what is wrong with it.
public struct RulesReport: Sendable {
  /// One line for each rule that can be used.
  public private(set) var good: [String] = []
  /// One line for each problem.
  public private(set) var problems: [String] = []

  /// Reads the rules of a folder, loads their models, and compares the labels that rules name with those that models have.
  public init(_ folder: URL, allowingWritable: Bool = false) {
    let book = RuleBook(readingFrom: folder, allowingWritable: allowingWritable)
    let shelf = ModelShelf(RulesSecurity(rules: folder, allowsWritable: allowingWritable), capacity: 1)
    problems = book.problems.map { $0.description }
    for rule in book.rules { check(rule, shelf) }
    if book.rules.isEmpty, book.problems.isEmpty {
      problems.append("\(folder.path): no rules; expected <name>/rule.yaml")
    }
  }

  private mutating func check(_ rule: Rule, _ shelf: ModelShelf) {
    do {
      let model = try shelf.model(of: rule)
      _ = try ReferenceLabels(rule.referenceLabels, of: model.dataset)
      try rule.checkAnatomy(against: model.dataset)
      try rule.checkChannels(against: model.dataset)
      good.append(
        "\(rule.name): priority \(rule.priority), \(model.configurations), "
          + "folds \(model.folds.joined(separator: ", "))"
          + (rule.isStudy ? ", channels \(rule.channels.map { $0.name }.joined(separator: ", "))" : "")
          + ": \(rule.description)")
    } catch let error as RuleError {
      problems.append("\(error)")
    } catch {
      problems.append("\(rule.file.path): \(error)")
    }
  }
}
