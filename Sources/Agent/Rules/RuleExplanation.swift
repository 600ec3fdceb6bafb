internal import DICOM
public import Foundation

/// Which rule would take a scan, and why the others would not.
public struct RuleExplanation: Sendable {
  /// Whether exactly one rule takes it.
  public let isMatch: Bool
  /// For people: the scan, the rule, the reasons.
  public let text: String

  /// One explanation for each volume of each series at the given places.
  public static func explain(
    _ places: [URL], rules folder: URL, allowingWritable: Bool = false
  ) -> [RuleExplanation] {
    let book = RuleBook(readingFrom: folder, allowingWritable: allowingWritable)
    let problems = book.problems.map { "  cannot be used: \($0)" }
    return SeriesSearch.series(in: places).sorted { $0.key < $1.key }.flatMap { key, files in
      SeriesConversion.convert(files).map { explanation(of: $0, key, book, problems) }
    }
  }

  private static func explanation(
    of part: Result<Scan, RefusedSeries>, _ key: String, _ book: RuleBook, _ problems: [String]
  ) -> RuleExplanation {
    switch part {
    case .failure(let refusal):
      return RuleExplanation(isMatch: false, text: "\(key): refused: \(refusal.message)")
    case .success(let scan):
      let verdict = book.verdict(on: scan.subject { _ in nil })
      let lines = ["\(key): \(scan.shortName)"] + verdict.lines + problems
      return RuleExplanation(isMatch: verdict.isMatch, text: lines.joined(separator: "\n"))
    }
  }
}

extension RuleVerdict {
  var isMatch: Bool { if case .rule = self { true } else { false } }

  var lines: [String] {
    switch self {
    case .rule(let rule): ["  taken by \(rule.name) (priority \(rule.priority))"]
    case .unmatched(let objections): ["  no rule takes it"] + objections.map { "  not \($0)" }
    case .ambiguous(let rules):
      ["  taken by several of priority \(rules[0].priority): \(rules.map { $0.name }.joined(separator: ", "))"]
    }
  }
}
