internal import Audit
internal import Digests
public import Foundation
internal import Intake
public import Logging
internal import Writers

/// Takes one scan on its journey away from the site's database, and leaves a sealed ``RunBundle``: `vigil run --bundle`, and what
/// a job on a cluster does.
///
/// The journey is the agent's own, but ends where the agent would take the bundle in: there is no database and no output tree.
public struct BundleMaker: Sendable {
  /// Which of a series' volumes; a series with one needs none.
  public struct Scan: Sendable, Codable, Hashable {
    /// The series' name in the audit.
    public let series: String
    /// SHA-256 of its instances, hexadecimal.
    public let inputSHA256: String
  }

  private let configuration: AgentConfiguration
  private let rule: String
  private let logger: Logger
  private let reporter: any JourneyReporter

  /// `configuration`: its inboxes and output are not used. `rule`: the only one that is considered.
  public init(_ configuration: AgentConfiguration, rule: String, logger: Logger, reporter: any JourneyReporter) {
    self.configuration = configuration
    self.rule = rule
    self.logger = logger
    self.reporter = reporter
  }

  /// Blocks. `places`: the files of one series, or a folder; with masks that belong to it. `scan`: which of its volumes. `pathKey`:
  /// the file with the key by which the site calls its inbox's files. `inbox`: the inbox that the files lie in, for rules that ask.
  /// `startedAt`: when the scan's journey began.
  public func make(
    _ places: [URL], at bundle: URL, scan: Scan? = nil, pathKey: URL? = nil, inbox: String? = nil,
    startedAt: Date = Date()
  ) throws(AgentError) -> SeriesRunner.Result {
    guard !FileManager.default.fileExists(atPath: bundle.path) else {
      throw AgentError("\(bundle.path) is there already: name a folder that does not exist")
    }
    let rules = try chosenRule()
    guard let aliases = pathKey.map({ PathAliases(keyFile: $0) }) ?? PathAliases() else {
      throw AgentError("\(pathKey?.path ?? "") is no key of an output tree")
    }
    try AddressSpace.prepare(threads: configuration.threads)
    do {
      let parent = bundle.deletingLastPathComponent()
      try System.makeFolder(parent.path)
      let work = try WorkFolder(in: parent, purpose: String(SHA256Digest(of: bundle.path).description.prefix(16)))
      let context = context(rules, aliases, scan, inbox, below: work.url)
      for (file, form) in SeriesSearch.objects(in: places) {
        if let entry = try? MaskObjects.Entry(file, form: form) { context.objects.note(entry) }
      }
      let found = SeriesSearch.series(in: places)
      guard !found.isEmpty else {
        throw AgentError(
          "no DICOM series at \(places.map { $0.path }.joined(separator: ", ")): name a series' folder or its files")
      }
      let ends = try together(context).travel(found) { key, stamps in
        SettledSeries(named: stamps, key: key, at: startedAt, aliases: aliases)
      }
      let results = try ends.map { (end) throws(AgentError) in try SeriesRunner.Result(end, nil) }
      guard results.count == 1, let result = results.first, result.run != "-" else {
        throw AgentError(
          "a bundle holds one run; the files gave \(results.count): "
            + results.map { "\($0.outcome) \($0.detail)" }.joined(separator: "; "))
      }
      try OutputFolder.move(work.url.appending(path: result.run), to: bundle)
      return result
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// The rule must be there and readable: that it does not take the scan is another matter.
  private func chosenRule() throws(AgentError) -> RuleBook {
    let book = RuleBook(readingFrom: configuration.rules, allowingWritable: configuration.allowsWritableRules)
    for problem in book.problems { logger.warning("rule cannot be used", metadata: ["problem": "\(problem)"]) }
    if let complaint = book.complaint(about: rule) { throw AgentError(complaint) }
    return book.only(rule)
  }

  private func context(
    _ rules: RuleBook, _ aliases: PathAliases, _ scan: Scan?, _ inbox: String?, below folder: URL
  ) -> JourneyContext {
    JourneyContext(
      rules: rules, shelf: ModelShelf(configuration.security), aliases: aliases, objects: MaskObjects(),
      onlyScan: scan, executor: nil, destination: .bundles(folder),
      allowsWritableRules: configuration.allowsWritableRules, sources: [], threads: configuration.threads,
      inbox: { _ in inbox }, endsHolding: true, isLastAttempt: true, timeLimit: configuration.timeLimit,
      memory: configuration.memory, isCancelled: { false }, reporter: reporter)
  }

  private func together(_ context: JourneyContext) -> SeriesTogether {
    SeriesTogether(
      isCancelled: context.isCancelled,
      glance: { files, key in context.rules.glance(at: files, of: key, inbox: context.inbox) },
      rule: { name in context.rules.rules.first { $0.name == name } },
      alone: { series throws(AgentError) in try SeriesJourney(context: context, series: series).travel() },
      study: { members, rule throws(AgentError) in
        try StudyJourney(context: context, rule: rule, members: members, waited: nil).travel()
      })
  }
}
