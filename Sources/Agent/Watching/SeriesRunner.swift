internal import Audit
public import Foundation
internal import Intake
public import Logging

/// Takes series that a person names on their journey, without watching: `vigil run`.
public struct SeriesRunner: Sendable {
  /// What became of one volume or series.
  public struct Result: Sendable {
    /// The run's id.
    public let run: String
    /// `segmented`, `unmatched`, `refused`, `failed`, or `on-record` where the same work was sealed before.
    public let outcome: String
    /// The output folder, or the reason.
    public let detail: String
    /// Whether it failed or was refused, now or when the same work was done before.
    public let isFailure: Bool

    init(run: String, outcome: String, detail: String, isFailure: Bool? = nil) {
      (self.run, self.outcome, self.detail) = (run, outcome, detail)
      self.isFailure = isFailure ?? ["failed", "refused"].contains(outcome)
    }
  }

  private let configuration: AgentConfiguration
  private let onlyRule: String?
  private let logger: Logger
  private let reporter: any JourneyReporter

  /// A runner on one output tree; `onlyRule`: no other rule is considered.
  public init(
    _ configuration: AgentConfiguration, onlyRule: String?, logger: Logger, reporter: any JourneyReporter
  ) {
    self.configuration = configuration
    self.onlyRule = onlyRule
    self.logger = logger
    self.reporter = reporter
  }

  /// Takes every series at the given places (folders, with all below them, or files). Blocks. `inbox`: what rules that ask for the inbox
  /// are told.
  public func run(_ places: [URL], inbox: String? = nil) throws(AgentError) -> [Result] {
    let site = try Site(
      configuration: configuration, logger: logger, reporter: reporter, onlyRule: onlyRule, isCancelled: { false })
    if let problem = SeriesSearch.unavailable(in: places) {
      throw AgentError("\(problem); nothing was begun, run it again")
    }
    for (file, form) in SeriesSearch.objects(in: places) { _ = try site.noteObject(file, form: form) }
    let found = SeriesSearch.series(in: places)
    let ends = try site.travel(together: found, inbox: { _ in inbox }) { key, stamps in
      SettledSeries(named: stamps, key: key, aliases: site.aliases)
    }
    var results = try ends.map { (end) throws(AgentError) in try Result(end, site.audit) }
    for archive in SeriesSearch.archives(in: places) {
      if let stamp = try? FileStamp.current(archive) {
        results += try site.unpack(stamp) { _ in inbox }.map { (end) throws(AgentError) in try Result(end, site.audit) }
      }
    }
    if found.isEmpty, results.isEmpty {
      for place in places {
        results += try site.refuse(place).map { (end) throws(AgentError) in try Result(end, site.audit) }
      }
    }
    try site.writeIndex()
    return results
  }
}

extension SeriesRunner.Result {
  /// `audit`: where a run that was there before is looked up; nil where there is no record.
  init(_ end: JourneyEnd, _ audit: AuditDatabase?) throws(AgentError) {
    switch end {
    case .sealed(let id, let outcome, let message):
      self.init(run: id.text, outcome: outcome.rawValue, detail: message ?? "")
    case .givenUp(let id, let why):
      self.init(run: id.text, outcome: RunOutcome.refused.rawValue, detail: why, isFailure: true)
    case .alreadySealed(let id):
      let before: RunOutcome?
      do throws(AuditError) { before = try audit?.outcome(of: id) } catch { throw AgentError("\(error)") }
      self.init(
        run: id.text, outcome: "on-record",
        detail: "the same work was done before\(before.map { ": \($0.rawValue)" } ?? "")",
        isFailure: before == .failed || before == .refused)
    case .held(let why, _), .postponed(let why): self.init(run: "-", outcome: "refused", detail: why)
    case .changed:
      self.init(run: "-", outcome: "failed", detail: "files changed while they were read; nothing was recorded")
    case .gathered, .awaiting:
      self.init(run: "-", outcome: "failed", detail: "the series changed its place among the rules; run it again")
    case .dispatched(_, let why): self.init(run: "-", outcome: "dispatched", detail: why)
    case .interrupted: self.init(run: "-", outcome: "failed", detail: "interrupted")
    }
  }
}
