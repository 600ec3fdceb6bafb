import Agent
import ArgumentParser
import Foundation

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Take one series, given as a folder or as files, on its journey; no watching.")

  @Argument(help: "A folder, or the files of one series.")
  var series: [String]
  @Option(name: .long, help: "Use this rule only.")
  var rule: String?
  @OptionGroup var rules: RulesOption
  @OptionGroup var output: OutputOption
  @OptionGroup var inbox: InboxOption
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Leave the run as a sealed bundle in this new folder instead of the output tree; needs --rule, no database.",
      valueName: "dir"))
  var bundle: String?
  @Option(name: .long, help: "Threads for the network and for resampling.")
  var jobs: Int?

  mutating func run() async throws {
    let places = series.map { URL(filePath: $0).absoluteURL }
    for place in places where !FileManager.default.fileExists(atPath: place.path) {
      throw ValidationError("\(place.path) does not exist")
    }
    if let rule, let complaint = rules.book.complaint(about: rule) { throw ValidationError("--rule: \(complaint)") }
    let configuration = AgentConfiguration(
      inboxes: [], rules: rules.folder, output: output.folder, threads: jobs,
      allowsWritableRules: rules.allowsWritable)
    if let bundle { return try make(places, at: URL(filePath: bundle).absoluteURL, configuration) }
    let runner = SeriesRunner(
      configuration, onlyRule: rule, logger: WatchCommand.logger(), reporter: ProgressReporter(writesStages: true))
    let inbox = inbox.holding(places)
    let results = try orExit(.unavailable) { try runner.run(places, inbox: inbox) }
    for result in results {
      Printing.answer("\(result.outcome) \(result.run) \(result.detail)")
    }
    if results.isEmpty || results.contains(where: { $0.isFailure }) { throw ExitCode.scanFailed }
  }

  private func make(_ places: [URL], at bundle: URL, _ configuration: AgentConfiguration) throws {
    guard let rule else { throw ValidationError("--bundle: name the rule with --rule") }
    let maker = BundleMaker(
      configuration, rule: rule, logger: WatchCommand.logger(), reporter: ProgressReporter(writesStages: true))
    let inbox = inbox.holding(places)
    let result = try orExit(.unavailable) { try maker.make(places, at: bundle, inbox: inbox) }
    Printing.answer("\(result.outcome) \(result.run) \(bundle.path)")
    if result.outcome != "segmented" { throw ExitCode.scanFailed }
  }
}
