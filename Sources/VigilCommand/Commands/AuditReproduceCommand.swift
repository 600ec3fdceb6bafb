import Agent
import ArgumentParser
import Audit
import Foundation

extension AuditCommand {
  struct Reproduce: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a segmented run again and compare its outputs bit for bit.",
      discussion: """
        From the input files that are still there, by the rule and the model on record, into a folder that goes afterwards. \
        report.html and record.json are left out: they tell of times and of the run itself. Exit status 1: something differs.
        """)
    @Argument(help: "The run's id, or the beginning of it.") var id: String
    @OptionGroup var output: OutputOption
    @OptionGroup var inboxes: InboxesOption
    @OptionGroup var writable: WritableRulesFlag

    mutating func run() throws {
      let report = try orExit(.unavailable) {
        let database = try AuditDatabase.openForReading(outputFolder: output.folder)
        return try Reproduction(
          database, output: output.folder, inboxes: inboxes.folders,
          allowsWritableRules: writable.allowWritableRules, logger: WatchCommand.logger(),
          reporter: ProgressReporter(writesStages: false)
        ).run(id)
      }
      for name in report.same { Printing.answer("same \(name)") }
      for name in report.leftOut { Printing.answer("left out \(name)") }
      for difference in report.differences { Printing.answer("different: \(difference)") }
      if !report.differences.isEmpty { throw ExitCode.scanFailed }
    }
  }
}
