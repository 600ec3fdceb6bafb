internal import Audit
internal import Digests
internal import Foundation
internal import Intake
internal import Logging
internal import Synchronization
internal import Writers

/// One output tree with its database, its rules and its loaded models: where journeys happen. Used by the watching agent and
/// by `vigil run`.
final class Site: Sendable {
  let audit: AuditDatabase
  private let lock: AgentLock
  let output: OutputTree
  /// What the inbox's files are called on record.
  let aliases: PathAliases
  let shelf: ModelShelf
  /// The inboxes' DICOM objects that draw labels.
  let objects = MaskObjects()
  /// The list of all results.
  let index: ResultIndex
  let rules: Mutex<RuleBook>
  let rulesStamp: Mutex<FolderStamp>
  let generation = Atomic<Int>(0)
  let configuration: AgentConfiguration
  let logger: Logger
  private let reporter: any JourneyReporter
  private let onlyRule: String?
  private let onlyScan: BundleMaker.Scan?
  /// Where scans are computed; nil: here.
  let executor: SlurmExecutor?
  let isCancelled: @Sendable () -> Bool

  /// Takes the output tree for this process, opens its database, clears what a crash left, and reads the rules.
  init(
    configuration: AgentConfiguration, logger: Logger, reporter: any JourneyReporter, onlyRule: String? = nil,
    onlyScan: BundleMaker.Scan? = nil, usesExecutor: Bool = false,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(AgentError) {
    self.configuration = configuration
    self.logger = logger
    self.reporter = reporter
    self.isCancelled = isCancelled
    self.onlyRule = onlyRule
    self.onlyScan = onlyScan
    shelf = ModelShelf(configuration.security)
    output = OutputTree(root: configuration.output)
    do {
      try FileManager.default.createDirectory(
        at: configuration.output, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      lock = try AgentLock(outputFolder: configuration.output)
      audit = try AuditDatabase.open(outputFolder: configuration.output)
      aliases = try PathAliases(outputFolder: configuration.output)
      index = try ResultIndex(of: audit, output: configuration.output)
      for run in try audit.openRuns() { try audit.discard(run.id, reason: "the agent stopped before it was sealed") }
    } catch {
      throw AgentError("\(error)")
    }
    executor = usesExecutor ? try Self.executor(configuration) : nil
    OutputFolder.removeDebris(in: configuration.output)
    let stamp = FolderStamp(of: [configuration.rules])
    let book = RuleBook(readingFrom: configuration.rules, allowingWritable: configuration.allowsWritableRules)
    rules = Mutex(book)
    rulesStamp = Mutex(stamp.union(FolderStamp(of: book.models)))
    try tell(book.problems)
    try completeRecords()
    try recordStart()
  }

  /// Takes one parcel on its way.
  func process(
    _ parcel: SettledParcel, now: Duration, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool,
    isLastAttempt: Bool
  ) throws(AgentError) -> [JourneyEnd] {
    switch parcel.parcel {
    case .series(let key):
      guard let group = parcel.group else { return [] }
      let series = SettledSeries(group, key: key, now: now, aliases: aliases)
      return try travel(series, inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt)
    case .mask(let path):
      try scoreLate(URL(filePath: path))
      return []
    case .object(let path, let form):
      return try noteObject(URL(filePath: path), form: form)
    case .archive:
      return try parcel.group?.files.first.map { (stamp) throws(AgentError) in
        try unpack(stamp, isLastAttempt: isLastAttempt, inbox: inbox)
      } ?? []
    case .strangers(let folder):
      return [try refuse(parcel, folder: folder, now: now)]
    }
  }

  /// Takes one series on its way.
  func travel(
    _ series: SettledSeries, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool,
    isLastAttempt: Bool = true, source: ArchiveSource? = nil
  ) throws(AgentError) -> [JourneyEnd] {
    let context = try context(inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt, source: source)
    let journey = SeriesJourney(context: context, series: series)
    let ends = try journey.travel()
    do throws(AuditError) {
      for case .sealed(let run, let outcome, _) in ends {
        if outcome == .segmented { try writeRecord(of: run) }
        try index.update(run, from: audit)
      }
    } catch {
      throw AgentError("\(error)")
    }
    return ends
  }

  func context(
    inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool, isLastAttempt: Bool = true,
    source: ArchiveSource? = nil
  ) throws(AgentError) -> JourneyContext {
    JourneyContext(
      rules: try rulesInForce().only(onlyRule), shelf: shelf, output: output, audit: audit, aliases: aliases,
      objects: objects, onlyScan: onlyScan, executor: source == nil ? executor : nil,
      allowsWritableRules: configuration.allowsWritableRules, source: source, threads: configuration.threads,
      inbox: inbox,
      endsHolding: endsHolding, isLastAttempt: isLastAttempt, timeLimit: configuration.timeLimit,
      memory: configuration.memory,
      isCancelled: isCancelled, index: index, reporter: reporter)
  }

  /// The batch engine that `executor.yaml` names; nil where scans are computed here.
  private static func executor(_ configuration: AgentConfiguration) throws(AgentError) -> SlurmExecutor? {
    do {
      guard let settings = try ExecutorSettings.read(configuration.security) else { return nil }
      return try SlurmExecutor(settings, pathKey: configuration.output.appending(path: PathAliases.keyFileName))
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// Writes `index.html` where something new is in it.
  func writeIndex() throws(AgentError) {
    do throws(OutputError) { try index.write() } catch { throw AgentError("\(error)") }
  }

  /// Puts an event of the agent's own on record.
  func record(_ kind: String, _ detail: [String: String]) throws(AgentError) {
    do throws(AuditError) { try audit.recordEvent(kind: kind, detail: detail) } catch { throw AgentError("\(error)") }
  }

  private struct Start: Encodable {
    let software: String
    let inboxes: [String]
    let rules: String
  }

  private func recordStart() throws(AgentError) {
    let start = Start(
      software: Version.software, inboxes: configuration.inboxes.map { $0.resolvingSymlinksInPath().path },
      rules: configuration.rules.path)
    do throws(AuditError) { try audit.recordEvent(kind: AuditDatabase.startKind, detail: start) } catch {
      throw AgentError("\(error)")
    }
  }
}
