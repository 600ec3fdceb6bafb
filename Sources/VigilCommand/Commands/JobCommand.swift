import Agent
import ArgumentParser
import Foundation

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "What the agent's jobs on a cluster run; not for people.", shouldDisplay: false)
  @Argument(help: "The script that Slurm spooled.") var script: String

  mutating func run() throws {
    let file = URL(filePath: script).absoluteURL
    if let step = try orExit(.unavailable, { try TrainingJob(script: file) }) { return try run(step) }
    let runner = JobRunner(
      script: file, logger: WatchCommand.logger(), reporter: ProgressReporter(writesStages: true))
    Printing.aside(try orExit(.unavailable) { try runner.run() })
  }

  /// A step of a training. One that was told to stop is queued again.
  private func run(_ step: TrainingJob) throws {
    guard step.arguments.first == "train" else { return try TrainingPlan.run(step.arguments) }
    var command = try TrainCommand.parse(Array(step.arguments.dropFirst()))
    do { try command.run() } catch {
      StopSignals.ignore()  // to be queued again is another signal
      if StopSignals.requested != nil, let words = step.queueAgain() {
        Printing.aside("vigil: \(words)")
      }
      throw error
    }
  }
}
