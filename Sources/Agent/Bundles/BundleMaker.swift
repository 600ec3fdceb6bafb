internal import Audit
internal import Digests
public import Foundation
internal import Intake
public import Logging
internal import Writers

/// Takes one scan on its journey away from the site's database, and leaves a sealed ``RunBundle``: `vigil run --bundle`, and what
/// a job on a cluster does.
///
/// The journey is the agent's own, but ends where the agent would take the bundle in. What it shares with the journeys of an agent, a lock
/// and a record of its starts among it, lies in a private folder of the temporary one and goes.
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
    try checkRule()
    let site = FileManager.default.temporaryDirectory.appending(path: "vigil-bundle-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: site) }
    do {
      try FileManager.default.createDirectory(
        at: site, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      if let pathKey {
        try FileManager.default.copyItem(at: pathKey, to: site.appending(path: PathAliases.keyFileName))
      }
      let parent = bundle.deletingLastPathComponent()
      try System.makeFolder(parent.path)
      let work = try WorkFolder(in: parent, purpose: String(SHA256Digest(of: bundle.path).description.prefix(16)))
      var own = configuration
      (own.output, own.keepFree) = (site, 0)
      let runner = SeriesRunner(own, onlyRule: rule, logger: logger, reporter: reporter)
      let results = try runner.run(places, scan: scan, inbox: inbox, startedAt: startedAt, leaving: work.url)
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
  private func checkRule() throws(AgentError) {
    let book = RuleBook(readingFrom: configuration.rules, allowingWritable: configuration.allowsWritableRules)
    guard !book.rules.contains(where: { $0.name == rule }) else { return }
    let problem = book.problems.first { $0.file.deletingLastPathComponent().lastPathComponent == rule }
    throw AgentError(
      problem.map { "\($0)" }
        ?? "no rule \(rule) in \(configuration.rules.path); there are \(book.rules.map { $0.name }.joined(separator: ", "))"
    )
  }
}
