import Agent
import ArgumentParser
import Foundation

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "What this machine has, lacks and should set.")
  @OptionGroup var rules: RulesOption
  @OptionGroup var output: OutputOption
  @Option(name: .long, help: "The inbox to look at.") var inbox = "Watch"

  mutating func run() throws {
    let findings = Doctor(inbox: URL(filePath: inbox).absoluteURL, rules: rules.folder, output: output.folder)
      .findings()
    for finding in findings {
      Printing.answer("\(finding.isWell ? "ok  " : "LACK") \(finding.subject): \(finding.words)")
    }
    if findings.contains(where: { !$0.isWell }) { throw ExitCode.scanFailed }
  }
}
