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
}
