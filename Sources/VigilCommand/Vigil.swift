import Agent
import ArgumentParser

@main
struct Vigil: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil",
    abstract: "Segments the scans that are dropped into a folder, and keeps the record of everything.",
    version: Version.number,
    subcommands: [
      WatchCommand.self, RunCommand.self, ClusterCommand.self, JobCommand.self, ConvertCommand.self,
      PredictCommand.self, ModelCommand.self,
      EvaluateCommand.self, PlanCommand.self, TrainCommand.self, SelectCommand.self, SampleCommand.self,
      RulesCommand.self, AuditCommand.self,
      BenchCommand.self,
      DoctorCommand.self,
    ])

  /// All commands run on Swift's pool, which waits for ever where no thread can be had: the watch over that begins before.
  static func main() async {
    do throws(AgentError) { try ThreadWatch.begin() } catch {
      Printing.aside("vigil: \(error)")
      exit(withError: ExitCode.unavailable)
    }
    await main(nil)
  }
}
