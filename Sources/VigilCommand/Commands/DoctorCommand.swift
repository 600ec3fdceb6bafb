import Agent
import ArgumentParser
import Foundation

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "What this machine has, lacks and should set.",
    discussion: "Exit status: 0 nothing is lacking, 1 something is. Run it as the user that the agent runs as.")
  @OptionGroup var rules: RulesOption
  @OptionGroup var output: OutputOption
  @Option(
    name: .long,
    help: ArgumentHelp("An inbox to look at (default: Watch); may be given several times.", valueName: "dir"))
  var inbox: [String] = []

  mutating func run() throws {
    let inboxes = (inbox.isEmpty ? ["Watch"] : inbox).map { URL(filePath: $0).absoluteURL }
    let findings = Doctor(
      inboxes: inboxes, rules: rules.folder, output: output.folder, allowsWritableRules: rules.allowsWritable
    ).findings()
    for finding in findings {
      Printing.answer("\(finding.isWell ? "ok  " : "LACK") \(finding.subject): \(finding.words)")
    }
    if findings.contains(where: { !$0.isWell }) { throw ExitCode.scanFailed }
  }
}
