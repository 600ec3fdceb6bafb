internal import Archives
public import Audit
internal import Digests
public import Foundation
internal import Intake
public import Logging
internal import Writers

/// Makes a run again, from the inputs that are still there, by the rule and the model that are on record, into a folder that goes
/// afterwards, and compares every output bit for bit.
///
/// Two outputs are left out: `report.html` tells how long things took and which run it is, `record.json` repeats the database.
/// A DICOM SEG is dated by the run's start and its UIDs follow from its contents, so it is compared like the others.
public struct Reproduction: Sendable {
  /// What was compared.
  public struct Report: Sendable {
    /// Outputs with the recorded bytes.
    public var same: [String] = []
    /// What is not as recorded, each a sentence.
    public var differences: [String] = []
    /// Outputs that are different each time.
    public var leftOut: [String] = []
  }

  /// Outputs that tell of the run itself.
  static let ownToTheRun: Set<String> = ["report.html"]

  private let database: AuditDatabase
  private let output: URL
  private let inboxes: [URL]
  private let allowsWritableRules: Bool
  private let logger: Logger
  private let reporter: any JourneyReporter

  /// For runs of the output tree at `output`, whose inputs lie in the inboxes on record or in `inboxes`. `allowsWritableRules`: rules and
  /// models that others may change are used all the same.
  public init(
    _ database: AuditDatabase, output: URL, inboxes: [URL], allowsWritableRules: Bool = false, logger: Logger,
    reporter: any JourneyReporter
  ) {
    self.allowsWritableRules = allowsWritableRules
    self.database = database
    self.output = output
    self.inboxes = inboxes
    self.logger = logger
    self.reporter = reporter
  }

  /// Makes the run with this id, or the only one that begins so, again. Blocks. Throws where it cannot be tried at all.
  public func run(_ id: String) throws(AgentError) -> Report {
    do {
      guard let details = try database.details(ofRun: id), let recorded = RecordedRun(details) else {
        throw AgentError("there is no segmented run \(id), or several begin so: only a segmentation can be made again")
      }
      let work = try WorkFolder(in: FileManager.default.temporaryDirectory, purpose: Self.purpose())
      return try again(recorded, in: work.url)
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(error)")
    }
  }

  private func again(_ recorded: RecordedRun, in folder: URL) throws -> Report {
    var report = Report()
    let inputs = try RecordedInputs(
      recorded, places: InboxPlaces(of: database, output: output, also: inboxes).paths,
      aliases: PathAliases(readingFrom: output), unpackingTo: folder.appending(path: "unpacked"))
    report.differences = inputs.problems + recorded.ruleProblems
    guard report.differences.isEmpty else { return report }
    let site = try Site(
      configuration: AgentConfiguration(
        inboxes: [], rules: recorded.rulesFolder, output: folder.appending(path: "output"),
        allowsWritableRules: allowsWritableRules),
      logger: logger, reporter: reporter, onlyRule: recorded.rule, isCancelled: { false })
    // A study's channels are several series.
    let found = SeriesSearch.series(in: inputs.files.map { URL(filePath: $0.path) })
    let ends = try site.travel(together: found, inbox: inbox, sources: inputs.sources) { key, files in
      SettledSeries(named: files, key: key, at: recorded.startedAt, aliases: site.aliases)
    }
    compare(recorded, with: try Self.made(ends, site, recorded), &report)
    return report
  }

  /// The new run of the same instances. One volume of a series that holds several is the only one where its files are all that there
  /// is, so that its input's digest no longer says what sets it apart from the others.
  private static func made(_ ends: [JourneyEnd], _ site: Site, _ recorded: RecordedRun) throws -> RecordedRun? {
    var runs: [RecordedRun] = []
    for case .sealed(let run, .segmented, _) in ends {
      if let made = try site.audit.details(ofRun: run.text).flatMap({ RecordedRun($0) }) { runs.append(made) }
    }
    return runs.first { $0.inputSHA256 == recorded.inputSHA256 } ?? (runs.count == 1 ? runs[0] : nil)
  }

  private func compare(_ recorded: RecordedRun, with made: RecordedRun?, _ report: inout Report) {
    guard let made else { return report.differences.append("no segmentation came of the same files") }
    if made.modelSHA256 != recorded.modelSHA256 {
      report.differences.append("the model is another: \(made.modelSHA256), on record \(recorded.modelSHA256)")
    }
    for (name, digest) in recorded.outputs.sorted(by: { $0.key < $1.key }) {
      if Self.ownToTheRun.contains(name) {
        report.leftOut.append(name)
      } else if made.outputs[name] == digest {
        report.same.append(name)
      } else {
        let words = made.outputs[name].map { "made again it has other bytes, SHA-256 \($0)" } ?? "not made again"
        report.differences.append("\(name): \(words); on record \(digest)")
      }
    }
  }

  private func inbox(_ path: String) -> String? {
    let known = ((try? database.inboxes()) ?? []) + inboxes.map { $0.path }
    return known.first { path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
  }

  private static func purpose() -> String { String(UInt64.random(in: 1 << 60 ... .max), radix: 16) }
}
