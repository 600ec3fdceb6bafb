internal import Audit
internal import Foundation
internal import Intake
public import Logging
public import ServiceLifecycle
internal import Synchronization
internal import Writers

/// Watches inboxes and takes each scan that settles on its journey, until it is told to stop or nothing is left to do.
///
/// One task does everything in turn, so nothing is decided twice; journeys and header reading run on threads of their own.
public struct Agent: Service {
  /// What it was asked to do.
  public let configuration: AgentConfiguration
  /// What has ended so far.
  public let tally = Tally()
  private let logger: Logger
  private let reporter: any JourneyReporter

  /// An agent that has not started yet.
  public init(_ configuration: AgentConfiguration, logger: Logger, reporter: any JourneyReporter) {
    self.configuration = configuration
    self.logger = logger
    self.reporter = reporter
    ProcessMemory.shareHeaps()  // before any thread of the agent's
  }

  /// Runs until nothing is left to do (`untilIdle`) or shutdown is asked for; what is under way is then abandoned cleanly and
  /// taken up at the next start. Throws ``AgentError`` when the agent itself cannot go on.
  public func run() async throws {
    let isStopping = StopFlag()
    try await withGracefulShutdownHandler {
      try await work(isStopping)
    } onGracefulShutdown: {
      isStopping.raise()
    }
  }

  private func work(_ isStopping: StopFlag) async throws {
    if let overlap = configuration.overlap { throw AgentError(overlap) }
    // Before the watcher starts threads, which need some of it.
    try AddressSpace.prepare(threads: configuration.threads)
    let inboxes = try inboxes()
    let rescan = configuration.rescan
    let watcher = try await sentence { try await Watcher.start(inboxes, rescanPeriod: rescan) }
    for inbox in inboxes { tellOfListing(inbox) }
    let site = try Site(
      configuration: configuration, logger: logger, reporter: reporter, usesExecutor: true,
      isCancelled: { isStopping.isUp })
    try abandonInTime(site, isStopping)
    var loop = WatchLoop(site: site, inboxes: inboxes, configuration: configuration, tally: tally, logger: logger)
    do {
      try await loop.run(watcher, isStopping)
    } catch {
      await watcher.stop()
      throw error
    }
    await watcher.stop()
  }

  /// How long after it was told to stop the agent waits for work that cannot be broken off in between.
  static let patience = Duration.seconds(7)

  /// Sees to it that the agent ends in time, whatever it is doing: a large volume is being resampled, or a server does not answer. What is
  /// under way is given up as by a crash, which loses nothing, and counts as none.
  private func abandonInTime(_ site: Site, _ isStopping: StopFlag) throws(AgentError) {
    let (tally, logger) = (tally, logger)
    // Weakly, so that the database is closed when the loop ends.
    try startThread(named: "vigil-stop") { [weak site] in
      while !isStopping.isUp { usleep(100_000) }
      sleep(UInt32(Self.patience.components.seconds))
      logger.notice("what is under way is given up; it is taken up at the next start")
      let status: Int32 = tally.hasFailures ? 1 : 0
      // Beside this thread, because a disk that does not answer keeps whoever asks it.
      try? startThread(named: "vigil-abandon") { [weak site] in
        site?.abandon()
        _exit(status)
      }
      sleep(1)
      _exit(status)
    }
  }

  /// Says where an inbox is listed again and again, because inotify does not see all that happens there or the site wants it so.
  private func tellOfListing(_ inbox: Inbox) {
    guard let kind = try? FileSystemKind(of: inbox), let period = kind.rescanPeriod(chosen: configuration.rescan) else {
      return
    }
    logger.notice(
      "the inbox is listed again and again",
      metadata: ["inbox": "\(inbox)", "file system": "\(kind)", "every": "\(period.words)"])
  }

  private func inboxes() throws -> [Inbox] {
    try configuration.inboxes.map { folder in
      do throws(WatchError) { return try Inbox(folder.path) } catch { throw AgentError("\(error)") }
    }
  }

  private func sentence<Value>(_ work: () async throws -> Value) async throws -> Value {
    do { return try await work() } catch { throw AgentError("\(error)") }
  }
}

/// Raised once, when the agent is to stop.
final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  var isUp: Bool { flag.load(ordering: .acquiring) }
  func raise() { flag.store(true, ordering: .releasing) }
}

/// How many journeys ended how.
public final class Tally: Sendable {
  private let counts = Mutex<[String: Int]>([:])

  /// Counts one more.
  func count(_ outcome: RunOutcome) { counts.withLock { $0[outcome.rawValue, default: 0] += 1 } }

  /// Number of runs sealed by outcome (`segmented`, `unmatched`, `refused`, `failed`).
  public var byOutcome: [String: Int] { counts.withLock { $0 } }

  /// Whether a scan failed or was refused.
  public var hasFailures: Bool { counts.withLock { ($0["failed"] ?? 0) + ($0["refused"] ?? 0) > 0 } }
}
