import Agent
import ArgumentParser
import Foundation

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "What the agent's jobs on a cluster run; not for people.", shouldDisplay: false)
  @Argument(help: "The script that Slurm spooled.") var script: String

  mutating func run() throws {
    let runner = JobRunner(
      script: URL(filePath: script).absoluteURL, logger: WatchCommand.logger(),
      reporter: ProgressReporter(writesStages: true))
    Printing.aside(try orExit(.unavailable) { try runner.run() })
  }
}
