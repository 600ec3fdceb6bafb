internal import Audit
internal import Digests
internal import Foundation
internal import Synchronization
internal import Trust
internal import Writers

/// `index.html` at the root of the output tree: every sealed run, newest first. It repeats the database and is made again from it
/// at each start; small pictures are taken over from the page that is there.
final class ResultIndex: Sendable {
  private struct State {
    var page: IndexPage
    var pictures: [String: [UInt8]] = [:]
    var isStale = true
    /// Reviews up to this event of the audit are in the page.
    var lastEvent: Int64
    /// The digest of the file as it is known to be; nil where it is not known.
    var written: SHA256Digest?
  }

  static let fileName = "index.html"

  private let place: URL
  private let state: Mutex<State>

  /// The page of everything on record.
  init(of audit: AuditDatabase, output: URL) throws(AuditError) {
    place = output.appending(path: Self.fileName)
    let file = try? Data(contentsOf: place)
    let lastEvent = try audit.lastEvent()
    var page = IndexPage(software: Version.software)
    for run in try audit.results().summaries { try? page.update(run) }
    state = Mutex(State(page: page, lastEvent: lastEvent, written: file.map { SHA256Digest(of: $0) }))
  }

  /// Keeps a small picture for a run that is about to be sealed.
  func keep(_ picture: [UInt8]?, of run: RunID) { state.withLock { $0.pictures[run.text] = picture } }

  /// Takes a run in, or what has become known of it.
  func update(_ run: RunID, from audit: AuditDatabase) throws(AuditError) {
    let found = try audit.results(only: run).summaries
    state.withLock { state in
      for var summary in found {
        summary.thumbnail = state.pictures.removeValue(forKey: summary.id)
        try? state.page.update(summary)
        state.isStale = true
      }
    }
  }

  /// Takes in the verdicts that were put on record since the last look; gives their runs.
  func takeReviews(from audit: AuditDatabase) throws(AuditError) -> [RunID] {
    let last = try audit.lastEvent()
    let runs = try audit.runsReviewed(after: state.withLock { $0.lastEvent })
    for run in runs { try update(run, from: audit) }
    state.withLock { $0.lastEvent = last }
    return runs
  }

  /// Writes the page, if something has changed since it was written; whole or not at all.
  func write() throws(OutputError) {
    let page = state.withLock { state -> [UInt8]? in
      guard state.isStale else { return nil }
      state.isStale = false
      let earlier = (try? Data(contentsOf: place)).map { IndexPage.thumbnails(in: Array($0)) } ?? [:]
      let page = state.page.html(earlier: earlier)
      let digest = SHA256Digest(of: page)
      defer { state.written = digest }
      return state.written == digest ? nil : page
    }
    guard let page else { return }
    try AtomicFile.write(page, to: place)
    state.withLock { $0.page.forgetThumbnails() }
  }
}

extension Answer {
  fileprivate var summaries: [RunSummary] {
    rows.compactMap { row in
      Dictionary(zip(columns, row.map { $0.text }), uniquingKeysWith: { first, _ in first }).summary
    }
  }
}

/// Times as the audit writes them.
private let auditTime = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

extension [String: String] {
  private struct Label: Decodable {
    let name: String
    let millilitres: Double?
    let dice: Double?

    enum CodingKeys: String, CodingKey {
      case name
      case dice
      case millilitres = "volume_ml"
    }
  }

  /// A row of ``AuditDatabase/results(only:)`` as the page shows it.
  fileprivate var summary: RunSummary? {
    guard let id = self["id"], let outcome = RunSummary.Outcome(rawValue: self["outcome"] ?? "") else { return nil }
    let folder = (self["output_folder"] ?? "").split(separator: "/").map { String($0) }
    var run = RunSummary(
      id: id, rule: self["rule"] ?? "", outcome: outcome, series: Self.series(folder.last ?? ""),
      startedAt: Self.moment(self["started_at"]),
      seconds: self["seconds"].flatMap { Double($0) }, folder: folder, page: page(outcome))
    let scores = decoded("scores", as: [Label].self) ?? []
    var dice: [String: Double] = [:]
    for score in scores { dice[score.name] = score.dice }
    let labels = decoded("labels", as: [Label].self) ?? []
    // Numbers of a mask that stand for several labels together have a name of their own.
    let unions = scores.filter { score in !labels.contains { $0.name == score.name } }
    run.labels = (labels + unions).map {
      .init(name: $0.name, millilitres: $0.millilitres ?? 0, dice: dice[$0.name])
    }
    if let error = self["error"], !error.isEmpty { run.reason = error }
    run.trust = decoded("trust", as: TrustReport.self)?.forIndex
    run.review = review
    return run
  }

  /// The verdict that stands.
  private var review: RunSummary.Review? {
    guard let verdict = RunSummary.Review.Verdict(rawValue: self["verdict"] ?? "") else { return nil }
    return RunSummary.Review(
      verdict: verdict, note: self["note"] ?? "", reviewer: self["reviewer"] ?? "",
      reviewedAt: Self.moment(self["reviewed_at"]))
  }

  private static func moment(_ text: String?) -> Date { (try? auditTime.parse(text ?? "")) ?? .distantPast }

  private func page(_ outcome: RunSummary.Outcome) -> String {
    guard outcome == .segmented else { return "reason.txt" }
    return self["has_report"] == "1" ? "report.html" : "preview.png"
  }

  private func decoded<Stored: Decodable>(_ key: String, as type: Stored.Type) -> Stored? {
    guard let text = self[key], !text.isEmpty else { return nil }
    return try? JSONDecoder().decode(type, from: Data(text.utf8))
  }

  /// Date, modality and description as they stand in the folder's name, so that the page says no more than the tree does.
  private static func series(_ folder: String) -> ReportContent.Series {
    let parts = folder.split(separator: "_", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count >= 4 else { return .init(studyDate: "", modality: "", description: folder) }
    let known = { (text: String) in text == OutputName.unknown ? "" : text }
    return .init(
      studyDate: known(parts[0]), modality: known(parts[1]),
      description: known(parts[2..<parts.count - 1].joined(separator: "_")))
  }
}
