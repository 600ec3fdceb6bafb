internal import Audit
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
  private let shelf = ModelShelf()
  private let rules: Mutex<RuleBook>
  private let rulesStamp: Mutex<FolderStamp>
  private let generation = Atomic<Int>(0)
  private let configuration: AgentConfiguration
  private let logger: Logger
  private let reporter: any JourneyReporter
  private let onlyRule: String?
  private let isCancelled: @Sendable () -> Bool

  /// Takes the output tree for this process, opens its database, clears what a crash left, and reads the rules.
  init(
    configuration: AgentConfiguration, logger: Logger, reporter: any JourneyReporter, onlyRule: String? = nil,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(AgentError) {
    self.configuration = configuration
    self.logger = logger
    self.reporter = reporter
    self.isCancelled = isCancelled
    self.onlyRule = onlyRule
    output = OutputTree(root: configuration.output)
    do {
      try FileManager.default.createDirectory(
        at: configuration.output, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      lock = try AgentLock(outputFolder: configuration.output)
      audit = try AuditDatabase.open(outputFolder: configuration.output)
      aliases = try PathAliases(outputFolder: configuration.output)
      for run in try audit.openRuns() { try audit.discard(run.id, reason: "the agent stopped before it was sealed") }
    } catch {
      throw AgentError("\(error)")
    }
    OutputFolder.removeDebris(in: configuration.output)
    let stamp = FolderStamp(of: [configuration.rules])
    let book = RuleBook(readingFrom: configuration.rules)
    rules = Mutex(book)
    rulesStamp = Mutex(stamp.union(FolderStamp(of: book.models)))
    try tell(book.problems)
    try completeRecords()
    try recordStart()
  }

  /// Takes one parcel on its way.
  func process(
    _ parcel: SettledParcel, now: Duration, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool
  ) throws(AgentError) -> [JourneyEnd] {
    switch parcel.parcel {
    case .series(let key):
      guard let group = parcel.group else { return [] }
      let series = SettledSeries(group, key: key, now: now, aliases: aliases)
      return try travel(series, inbox: inbox, endsHolding: endsHolding)
    case .mask(let path):
      try scoreLate(URL(filePath: path))
      return []
    case .strangers(let folder):
      return [try refuse(parcel, folder: folder, now: now)]
    }
  }

  /// Takes one series on its way.
  func travel(
    _ series: SettledSeries, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool
  ) throws(AgentError) -> [JourneyEnd] {
    let journey = SeriesJourney(context: try context(inbox: inbox, endsHolding: endsHolding), series: series)
    let ends = try journey.travel()
    for case .sealed(let run, .segmented, _) in ends { try writeRecord(of: run) }
    return ends
  }

  /// Records that a folder was dropped with nothing in it.
  func refuseEmpty(_ folder: String) throws(AgentError) -> [JourneyEnd] {
    let error = JourneyError(.settled, .refused, "a folder that holds no file", files: [(folder, "holds no file")])
    return [try refuse(error, Unprocessed(folder: folder, inputs: [], also: ["empty"]), StageLog { _ in })]
  }

  private func refuse(_ parcel: SettledParcel, folder: String, now: Duration) throws(AgentError) -> JourneyEnd {
    guard let group = parcel.group else {
      let files = parcel.unusable.map { (path: $0.path, reason: "\($0)") }
      let error = JourneyError(.noticed, .refused, "no files that could be read", files: files)
      return try refuse(
        error, Unprocessed(folder: folder, inputs: [], also: files.map { $0.reason }), StageLog { _ in })
    }
    let series = SettledSeries(group, key: folder, now: now, aliases: aliases)
    let log = StageLog { _ in }
    log.append(series.noticed)
    log.append(series.settled)
    let files = group.files.map { (path: $0.path, reason: FileKind($0.path).reason) }
    let error = JourneyError(
      .converted, .refused,
      "\(files.count == 1 ? "a file that is" : "\(files.count) files that are") no part of a DICOM series",
      files: files)
    return try refuse(error, Unprocessed(series), log)
  }

  /// Records that a person named a place without any series: its files one by one, or that it is empty.
  func refuse(_ place: URL) throws(AgentError) -> [JourneyEnd] {
    let paths = SeriesSearch.files(at: place)
    guard !paths.isEmpty else { return try refuseEmpty(place.path) }
    let series = SettledSeries(
      named: paths.compactMap { try? FileStamp.current($0) }, key: place.path, aliases: aliases)
    let files = paths.map { (path: $0, reason: FileKind($0).reason) }
    let error = JourneyError(.converted, .refused, "no DICOM series among the files", files: files)
    return [try refuse(error, Unprocessed(series), StageLog { _ in })]
  }

  private func refuse(_ error: JourneyError, _ subject: Unprocessed, _ log: StageLog) throws(AgentError) -> JourneyEnd {
    let context = try context(inbox: { _ in nil }, endsHolding: true)
    return try EarlyEnd(context: context, outcome: .refused, error: error, subject: subject, log: log).seal()
  }

  private func context(
    inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool
  ) throws(AgentError) -> JourneyContext {
    JourneyContext(
      rules: try rulesInForce().only(onlyRule), shelf: shelf, output: output, audit: audit, aliases: aliases,
      threads: configuration.threads,
      inbox: inbox,
      endsHolding: endsHolding, isCancelled: isCancelled, reporter: reporter)
  }

  /// The rule of that name, as it is now.
  func ruleNamed(_ name: String) -> Rule? {
    RuleBook(readingFrom: configuration.rules).rules.first { $0.name == name }
  }

  /// One more each time the rules, or the models that they name, were found changed.
  var rulesGeneration: Int { generation.load(ordering: .acquiring) }

  /// The rules, read again when a file in their folder or in a model's has changed. A rule that no longer reads stays in force
  /// as it was.
  @discardableResult
  func rulesInForce() throws(AgentError) -> RuleBook {
    let known = rules.withLock { $0 }
    let stamp = FolderStamp(of: [configuration.rules])
    let hasChanged = rulesStamp.withLock { $0 } != stamp.union(FolderStamp(of: known.models))
    guard hasChanged else { return known }
    let read = RuleBook(readingFrom: configuration.rules)
    let book = read.fallingBack(on: known)
    rules.withLock { $0 = book }
    rulesStamp.withLock { $0 = stamp.union(FolderStamp(of: book.models)) }
    generation.add(1, ordering: .acquiringAndReleasing)
    try tell(read.problems)
    try record("rules-changed", ["digest": read.digest])
    return book
  }

  /// Puts an event of the agent's own on record.
  func record(_ kind: String, _ detail: [String: String]) throws(AgentError) {
    do throws(AuditError) { try audit.recordEvent(kind: kind, detail: detail) } catch { throw AgentError("\(error)") }
  }

  /// Whether a run ended as it did for reasons that other rules or models may take away.
  func mayFareBetter(_ run: RunID) throws(AgentError) -> Bool {
    do throws(AuditError) { return try audit.dependsOnRules(run) } catch { throw AgentError("\(error)") }
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

  private func tell(_ problems: [RuleError]) throws(AgentError) {
    for problem in problems {
      logger.warning("rule cannot be used", metadata: ["problem": "\(problem)"])
      try record("rule-problem", ["problem": problem.description])
    }
  }
}
