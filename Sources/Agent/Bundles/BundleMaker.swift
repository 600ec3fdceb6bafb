internal import Audit
public import Foundation
internal import Intake
public import Logging
internal import Writers

/// Takes one scan on its journey away from the site's database, and leaves a sealed ``RunBundle``: `vigil run --bundle`, and what
/// a job on a cluster does.
///
/// The journey is the agent's own, on an output tree of its own in the temporary folder; what that tree's record says of the
/// run is the bundle's `record.json`. So a bundle tells all that a local run tells, refusals and failures included.
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
  public func make(
    _ places: [URL], at bundle: URL, scan: Scan? = nil, pathKey: URL? = nil, inbox: String? = nil
  ) throws(AgentError) -> SeriesRunner.Result {
    guard !FileManager.default.fileExists(atPath: bundle.path) else {
      throw AgentError("\(bundle.path) is there already: name a folder that does not exist")
    }
    try checkRule()
    let work = FileManager.default.temporaryDirectory.appending(path: "vigil-bundle-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: work) }
    do {
      try FileManager.default.createDirectory(
        at: work, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      if let pathKey {
        try FileManager.default.copyItem(at: pathKey, to: work.appending(path: PathAliases.keyFileName))
      }
    } catch { throw AgentError("\(error)") }
    var own = configuration
    (own.output, own.keepFree) = (work, 0)
    let runner = SeriesRunner(own, onlyRule: rule, logger: logger, reporter: reporter)
    let results = try runner.run(places, scan: scan, inbox: inbox)
    guard results.count == 1, let result = results.first, result.run != "-" else {
      throw AgentError(
        "a bundle holds one run; the files gave \(results.count): "
          + results.map { "\($0.outcome) \($0.detail)" }.joined(separator: "; "))
    }
    try seal(result.run, in: work, at: bundle)
    return result
  }

  /// The rule must be there and readable: that it does not take the scan is another matter.
  private func checkRule() throws(AgentError) {
    let book = RuleBook(readingFrom: configuration.rules, allowingWritable: configuration.allowsWritableRules)
    if let complaint = book.complaint(about: rule) { throw AgentError(complaint) }
  }

  /// Outputs first, then the record, then the list; then the folder gets its name.
  private func seal(_ run: String, in work: URL, at bundle: URL) throws(AgentError) {
    do {
      let audit = try AuditDatabase.openForReading(outputFolder: work)
      guard let details = try audit.details(ofRun: run), let place = try audit.outputFolder(of: RunID(run)) else {
        throw AgentError("run \(run) left no record")
      }
      var folder = try OutputFolder(name: bundle.lastPathComponent, in: bundle.deletingLastPathComponent())
      let source = work.appending(path: place)
      let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
      for name in names where name != RunBundle.recordName && name != RunCrate.fileName {
        try folder.write(as: name) { try FileManager.default.copyItem(at: source.appending(path: name), to: $0) }
      }
      try folder.write(Array("\(details.json)\n".utf8), as: RunBundle.recordName)
      let list = folder.writtenFiles.map { "\($0.sha256)  \($0.name)\n" }.joined()
      try folder.write(Array(list.utf8), as: RunBundle.listName)
      _ = try folder.seal()
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(error)")
    }
  }
}
