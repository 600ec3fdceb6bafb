internal import Digests
public import Foundation
public import Logging
internal import Writers

/// What a job on the cluster does: `vigil job SCRIPT`.
public struct JobRunner: Sendable {
  private let script: URL
  private let logger: Logger
  private let reporter: any JourneyReporter

  /// `script`: what Slurm spooled of the job's script.
  public init(script: URL, logger: Logger, reporter: any JourneyReporter) {
    self.script = script
    self.logger = logger
    self.reporter = reporter
  }

  /// Makes the bundle that the ticket asks for, or answers a probe. Blocks. What became of the scan, in one line.
  public func run() throws -> String {
    let ticket = try Ticket.read(script: script)
    guard ticket.training == nil else { throw ExecutorError("a step of a training is no scan") }
    guard let work = ticket.work else {
      let answer = try JSONEncoder().encode(ProbeAnswer.here())
      try AtomicFile.write(Array(answer), to: URL(filePath: ticket.place))
      return "answered"
    }
    let configuration = AgentConfiguration(
      inboxes: [], rules: URL(filePath: work.rules), output: URL(filePath: "/"), threads: work.threads,
      timeLimit: work.timeLimit.map { .seconds($0) }, allowsWritableRules: work.allowsWritableRules)
    let maker = BundleMaker(configuration, rule: work.rule, logger: logger, reporter: reporter)
    let result = try maker.make(
      work.places.map { URL(filePath: $0) }, at: URL(filePath: ticket.place), scan: work.scan,
      pathKey: URL(filePath: work.pathKey), inbox: work.inbox,
      startedAt: work.startedAt.map { Date(timeIntervalSince1970: $0) } ?? Date())
    return "\(result.outcome) \(result.run)"
  }
}

/// What a node says of itself.
struct ProbeAnswer: Codable {
  let host: String
  /// Seconds since 1970 by the node's clock.
  let time: Double
  /// SHA-256 of the program that answers.
  let program: String

  static func here() throws -> ProbeAnswer {
    ProbeAnswer(
      host: ProcessInfo.processInfo.hostName, time: Date().timeIntervalSince1970,
      program: try SHA256Digest(ofFile: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()).description)
  }
}
