import Agent
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Watch inboxes and segment every series that settles.",
    discussion: """
      Stops on SIGTERM or SIGINT within seconds; what was under way is taken up at the next start. Exit status: 0 all well, \
      1 a scan failed or was refused, 69 the agent cannot run.
      """)

  @Option(
    name: .long,
    help: ArgumentHelp("A folder to watch, with all below it; may be given several times.", valueName: "dir"))
  var inbox: [String] = []
  @OptionGroup var rules: RulesOption
  @OptionGroup var output: OutputOption
  @Option(name: .long, help: "How long nothing of a series may change before it counts as settled: 10s, 500ms, 2min.")
  var settle = Period(.seconds(10))
  @Option(
    name: .long,
    help:
      "How long a series waits for missing slices, or a study for its channels, where the rule's `wait` does not say.")
  var hold = Period(.seconds(3600))
  @Option(
    name: .long,
    help: "How often each inbox is listed again (default: 30s on NFS, SMB and FUSE, else only when events were lost).")
  var rescan: Period?
  @Option(
    name: .long, help: "How long the network may take over one scan, for instance 2h (default: as long as it takes).")
  var timeLimit: Period?
  @Option(name: .long, help: "The most memory that inference may take, for instance 8G (default: what is free).")
  var memory: ByteCount?
  @Option(name: .long, help: "Room that stays free on the disk of the output tree; below it nothing new is begun.")
  var keepFree = ByteCount(1 << 30)
  @Flag(name: .long, help: "Stop when nothing is left to do.")
  var untilIdle = false
  @Option(name: .long, help: "Threads for the network and for resampling (default: one for each processor).")
  var jobs: Int?
  @Flag(name: .long, help: "Say more: each listing of an inbox, with its cause and how long it took.")
  var verbose = false

  mutating func run() async throws {
    let inboxes = (inbox.isEmpty ? ["Watch"] : inbox).map { URL(filePath: $0, directoryHint: .isDirectory).absoluteURL }
    var logger = Self.logger()
    if verbose { logger.logLevel = .debug }
    let agent = Agent(
      AgentConfiguration(
        inboxes: inboxes, rules: rules.folder, output: output.folder, settle: settle.duration,
        hold: hold.duration, untilIdle: untilIdle, threads: jobs, timeLimit: timeLimit?.duration,
        memory: memory?.bytes, rescan: rescan?.duration, keepFree: keepFree.bytes,
        allowsWritableRules: rules.allowsWritable),
      logger: logger, reporter: ProgressReporter(writesStages: true))
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: agent, successTerminationBehavior: .gracefullyShutdownGroup)],
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: Logger(label: "vigil.lifecycle") { _ in SwiftLogNoOpLogHandler() }))
    do {
      try await group.run()
    } catch {
      Printing.aside("vigil: \(error)")
      throw ExitCode.unavailable
    }
    let counts = agent.tally.byOutcome.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    Printing.aside(counts.isEmpty ? "nothing new" : counts.joined(separator: ", "))
    if agent.tally.hasFailures { throw ExitCode.scanFailed }
  }

  static func logger() -> Logger {
    var logger = Logger(label: "vigil") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .notice
    return logger
  }
}
