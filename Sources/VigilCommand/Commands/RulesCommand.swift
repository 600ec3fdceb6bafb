import Agent
import ArgumentParser
import Foundation

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Check the rules, or ask which one would take a series.",
    subcommands: [Check.self, Explain.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read every rule and its model; say what is wrong, and where.")
    @Argument(help: "The rules folder.") var folder = "Rules"
    @OptionGroup var writable: WritableRulesFlag

    mutating func run() throws {
      let report = RulesReport(
        URL(filePath: folder, directoryHint: .isDirectory).absoluteURL, allowingWritable: writable.allowWritableRules)
      for line in report.good { Printing.answer(line) }
      for problem in report.problems { Printing.aside(problem) }
      if !report.problems.isEmpty { throw ExitCode.scanFailed }
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Which rule would take this series, and why the others would not.")
    @Argument(help: "A folder, or the files of one series.") var series: [String]
    @OptionGroup var rules: RulesOption
    @OptionGroup var inbox: InboxOption

    mutating func run() throws {
      let places = series.map { URL(filePath: $0).absoluteURL }
      let explanations = RuleExplanation.explain(
        places, rules: rules.folder, allowingWritable: rules.allowsWritable, inbox: inbox.holding(places))
      for explanation in explanations { Printing.answer(explanation.text) }
      if explanations.isEmpty { Printing.aside("vigil: no DICOM series there") }
      if explanations.isEmpty || explanations.contains(where: { !$0.isMatch }) { throw ExitCode.scanFailed }
    }
  }
}
