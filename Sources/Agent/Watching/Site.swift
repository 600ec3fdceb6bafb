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
  /// What an agent has died over, and what this one has in hand.
  let suspects: Suspects
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
  let onlyRule: String?
  /// Where scans are computed; nil: here.
  let executor: SlurmExecutor?
  let isCancelled: @Sendable () -> Bool

  /// Takes the output tree for this process, opens its database, clears what a crash left, and reads the rules.
  init(
    configuration: AgentConfiguration, logger: Logger, reporter: any JourneyReporter, onlyRule: String? = nil,
    usesExecutor: Bool = false, isCancelled: @escaping @Sendable () -> Bool
  ) throws(AgentError) {
    self.configuration = configuration
    self.logger = logger
    self.reporter = reporter
    self.isCancelled = isCancelled
    self.onlyRule = onlyRule
    try AddressSpace.prepare(threads: configuration.threads)
    shelf = ModelShelf(configuration.security)
    output = OutputTree(root: configuration.output)
    try Self.makeTree(configuration.output)
    do {
      lock = try AgentLock(outputFolder: configuration.output)
      audit = try AuditDatabase.open(outputFolder: configuration.output)
      aliases = try PathAliases(outputFolder: configuration.output)
      index = try ResultIndex(of: audit, output: configuration.output)
      suspects = try Suspects(audit, aliases, outputFolder: configuration.output)
      try Self.discardOpenRuns(of: audit, output)
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

  private static func makeTree(_ folder: URL) throws(AgentError) {
    do throws(OutputError) { try System.makeFolder(folder.resolvingSymlinksInPath().path) } catch {
      throw AgentError("the output tree \(folder.path) cannot be made: \(error); name one with --output that can")
    }
  }

  /// Gives up what a crash has left unsealed, with its folder where that was in its place already.
  private static func discardOpenRuns(of audit: AuditDatabase, _ output: OutputTree) throws {
    for run in try audit.openRuns() {
      if let folder = run.outputFolder, try audit.owners(ofFolder: folder).isEmpty {
        try OutputFolder.withdraw(output.folder(folder))
      }
      try audit.discard(run.id, reason: "the agent stopped before it was sealed")
    }
  }

  /// Takes one parcel on its way, once.
  func process(
    _ parcel: SettledParcel, now: Duration, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool,
    isLastAttempt: Bool
  ) throws(AgentError) -> [JourneyEnd] {
    try processOnce(parcel, now: now) { () throws(AgentError) in
      try process(
        anyhow: parcel, now: now, inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt)
    }
  }

  private func process(
    anyhow parcel: SettledParcel, now: Duration, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool,
    isLastAttempt: Bool
  ) throws(AgentError) -> [JourneyEnd] {
    switch parcel.parcel {
    case .series(let key):
      guard let group = parcel.group else { return [] }
      let series = SettledSeries(group, key: key, now: now, aliases: aliases)
      return try travel(series, inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt)
    case .mask(let path):
      return try scoreLate(URL(filePath: path), isLastAttempt: isLastAttempt)
    case .object(let path, let form):
      return try noteObject(URL(filePath: path), form: form, isLastAttempt: isLastAttempt)
    case .archive:
      return try parcel.group?.files.first.map { (stamp) throws(AgentError) in
        try unpack(stamp, isLastAttempt: isLastAttempt, gathersMore: true, inbox: inbox)
      } ?? []
    case .strangers(let folder):
      return [try refuse(parcel, folder: folder, now: now)]
    }
  }

  /// Takes one series on its way.
  func travel(
    _ series: SettledSeries, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool,
    isLastAttempt: Bool = true, sources: [ArchiveSource] = []
  ) throws(AgentError) -> [JourneyEnd] {
    let context = try context(inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLastAttempt, sources: sources)
    let journey = SeriesJourney(context: context, series: series)
    let ends = try journey.travel()
    try complete(ends, firstFile: series.files.first?.path)
    return ends
  }

  /// Writes the records of what was sealed, and lists it. `firstFile`: one of the files that went in.
  func complete(_ ends: [JourneyEnd], firstFile: String?) throws(AgentError) {
    do throws(AuditError) {
      for end in ends {
        guard let run = end.newRun else { continue }
        if case .sealed(_, .segmented, _) = end { try writeRecord(of: run, firstFile: firstFile) }
        try index.update(run, from: audit)
      }
    } catch {
      throw AgentError("\(error)")
    }
  }

  func context(
    inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool, isLastAttempt: Bool = true,
    sources: [ArchiveSource] = []
  ) throws(AgentError) -> JourneyContext {
    JourneyContext(
      rules: try rulesInForce().only(onlyRule), shelf: shelf, aliases: aliases, objects: objects, onlyScan: nil,
      executor: sources.isEmpty ? executor : nil,
      destination: .ledger(Ledger(audit: audit, output: output, index: index)),
      allowsWritableRules: configuration.allowsWritableRules, sources: sources,
      threads: configuration.threads,
      inbox: inbox,
      endsHolding: endsHolding, isLastAttempt: isLastAttempt, timeLimit: configuration.timeLimit,
      memory: configuration.memory,
      isCancelled: isCancelled, reporter: reporter)
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

  /// Takes in what people have said of results meanwhile, and writes `index.html` where something new is in it. Gives why that page
  /// cannot be written now; the next call tries again.
  func refreshIndex() throws(AgentError) -> String? {
    do {
      for run in try index.takeReviews(from: audit) { try writeRecord(of: run) }
      try index.write(from: audit)
      return nil
    } catch let error as OutputError {
      return error.description
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// The same, where there will be no next call.
  func writeIndex() throws(AgentError) {
    if let why = try refreshIndex() { throw AgentError(why) }
  }

  /// Gives up what is under way: it is no scan's fault, and no half-written folder stays. The process is to end at once.
  func abandon() {
    suspects.hand.letGo()
    OutputFolder.removeDebris(in: output.root, evenOwn: true)
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
