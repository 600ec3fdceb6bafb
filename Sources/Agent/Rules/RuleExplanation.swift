internal import DICOM
public import Foundation

/// Which rule would take a scan, and why the others would not.
public struct RuleExplanation: Sendable {
  /// Whether exactly one rule takes it.
  public let isMatch: Bool
  /// For people: the scan, the rule, the reasons.
  public let text: String

  /// One explanation for each volume of each series at the given places, and one for each study that they make up. `inbox`: what rules
  /// that ask for the inbox are told.
  public static func explain(
    _ places: [URL], rules folder: URL, allowingWritable: Bool = false, inbox: String? = nil
  ) -> [RuleExplanation] {
    let book = RuleBook(readingFrom: folder, allowingWritable: allowingWritable)
    let problems = book.problems.map { "  cannot be used: \($0)" }
    let found = SeriesSearch.series(in: places).sorted { $0.key < $1.key }
    let series = found.flatMap { key, files in
      SeriesConversion.convert(files).map { explanation(of: $0, key, book, problems, inbox) }
    }
    return series + studies(found, book, inbox)
  }

  /// Whether the channels of a study are all there.
  private static func studies(
    _ found: [(key: String, value: [String])], _ book: RuleBook, _ inbox: String?
  ) -> [RuleExplanation] {
    guard book.rules.contains(where: { $0.isStudy }) else { return [] }
    var table = StudyTable()
    for (key, files) in found {
      let outlines = SeriesConversion.outlines(files).outlines
      table.note(key, as: outlines.compactMap { book.candidate($0, of: key, inbox: inbox) }, at: .zero)
    }
    return table.offerAll().compactMap { key in
      guard let rule = book.rules.first(where: { $0.name == key.rule }) else { return nil }
      let channels = rule.channels.map { $0.name }
      let name = "study \(key.study) for \(rule.name)"
      do throws(StudyProblem) {
        let choice = try StudyChoice(of: table.candidates(of: key), channels: channels, waited: nil)
        let lines = zip(channels, choice.chosen).map { "  \($0): \($1.words)" }
        return RuleExplanation(
          isMatch: true, text: (["\(name): all channels are there"] + lines).joined(separator: "\n"))
      } catch {
        return RuleExplanation(isMatch: false, text: "\(name): \(error)")
      }
    }
  }

  private static func explanation(
    of part: Result<Scan, RefusedSeries>, _ key: String, _ book: RuleBook, _ problems: [String],
    _ inbox: String?
  ) -> RuleExplanation {
    switch part {
    case .failure(let refusal):
      return RuleExplanation(isMatch: false, text: "\(key): refused: \(refusal.message)")
    case .success(let scan):
      let verdict = book.verdict(on: scan.subject { _ in inbox })
      let lines = ["\(key): \(scan.shortName)"] + verdict.lines + problems
      return RuleExplanation(isMatch: verdict.isMatch, text: lines.joined(separator: "\n"))
    }
  }
}

extension RuleVerdict {
  var isMatch: Bool {
    switch self {
    case .rule, .channel: true
    case .unmatched, .ambiguous, .ambiguousChannels: false
    }
  }

  var lines: [String] {
    switch self {
    case .rule(let rule): ["  taken by \(rule.name) (priority \(rule.priority))"]
    case .channel(let rule, let channel):
      ["  taken by \(rule.name) as channel \(rule.channels[channel].name) (priority \(rule.priority))"]
    case .ambiguousChannels(let rule, let channels):
      ["  taken by \(rule.name) for several channels: \(channels.map { $0.name }.joined(separator: ", "))"]
    case .unmatched(let objections): ["  no rule takes it"] + objections.map { "  not \($0)" }
    case .ambiguous(let rules):
      ["  taken by several of priority \(rules[0].priority): \(rules.map { $0.name }.joined(separator: ", "))"]
    }
  }
}
