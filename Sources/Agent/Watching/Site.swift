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
  private let shelf = ModelShelf()
  private let rules: Mutex<RuleBook>
  private let rulesStamp: Mutex<FolderStamp>
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
      for run in try audit.openRuns() { try audit.discard(run.id, reason: "the agent stopped before it was sealed") }
    } catch {
      throw AgentError("\(error)")
    }
    OutputFolder.removeDebris(in: configuration.output)
    let stamp = FolderStamp(of: configuration.rules)
    let book = RuleBook(readingFrom: configuration.rules)
    rules = Mutex(book)
    rulesStamp = Mutex(stamp)
    try tell(book.problems)
    try completeRecords()
  }

  /// Takes one parcel on its way.
  func process(
    _ parcel: SettledParcel, now: Duration, inbox: @escaping @Sendable (String) -> String?, endsHolding: Bool
  ) throws(AgentError) -> [JourneyEnd] {
    switch parcel.parcel {
    case .series:
      guard let group = parcel.group else { return [] }
      return try travel(SettledSeries(group, now: now), inbox: inbox, endsHolding: endsHolding)
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
    let error = JourneyError(.settled, .refused, "\(folder) holds no file")
    return [try refuse(error, Unprocessed(folder: folder, inputs: [], also: ["empty"]), StageLog { _ in })]
  }

  private func refuse(_ parcel: SettledParcel, folder: String, now: Duration) throws(AgentError) -> JourneyEnd {
    guard let group = parcel.group else {
      let files = parcel.unusable.map { (path: $0.path, reason: "\($0)") }
      let error = JourneyError(.noticed, .refused, "no files that could be read", files: files)
      return try refuse(
        error, Unprocessed(folder: folder, inputs: [], also: files.map { $0.reason }), StageLog { _ in })
    }
    let series = SettledSeries(group, now: now)
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
    let series = SettledSeries(named: paths.compactMap { try? FileStamp.current($0) })
    let files = paths.map { (path: $0, reason: FileKind($0).reason) }
    let error = JourneyError(.converted, .refused, "no DICOM series in \(place.path)", files: files)
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
      rules: try rulesInForce().only(onlyRule), shelf: shelf, output: output, audit: audit,
      threads: configuration.threads,
      inbox: inbox,
      endsHolding: endsHolding, isCancelled: isCancelled, reporter: reporter)
  }

  /// The rule of that name, as it is now.
  func ruleNamed(_ name: String) -> Rule? {
    RuleBook(readingFrom: configuration.rules).rules.first { $0.name == name }
  }

  /// The rules, read again when a file in their folder has changed. A rule that no longer reads stays in force as it was.
  private func rulesInForce() throws(AgentError) -> RuleBook {
    let stamp = FolderStamp(of: configuration.rules)
    let hasChanged = rulesStamp.withLock { old in
      defer { old = stamp }
      return old != stamp
    }
    guard hasChanged else { return rules.withLock { $0 } }
    let book = RuleBook(readingFrom: configuration.rules)
    try tell(book.problems)
    return rules.withLock { rules in
      rules = book.fallingBack(on: rules)
      return rules
    }
  }

  private func tell(_ problems: [RuleError]) throws(AgentError) {
    for problem in problems {
      logger.warning("rule cannot be used", metadata: ["problem": "\(problem)"])
      do throws(AuditError) {
        try audit.recordEvent(kind: "rule-problem", detail: ["problem": problem.description])
      } catch {
        throw AgentError("\(error)")
      }
    }
  }
}
