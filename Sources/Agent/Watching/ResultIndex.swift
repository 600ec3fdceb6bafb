internal import Audit
internal import Digests
internal import Foundation
internal import Synchronization
internal import Trust
internal import Writers

/// `index.html` at the root of the output tree: every sealed run, newest first. It repeats the database and is made again from it at
/// each start; afterwards the next page is made of the one on the disk and what is new. So nothing is held that grows with the runs
/// on record, not even while a page is made; small pictures are taken over from the page that is there.
final class ResultIndex: Sendable {
  private struct State {
    /// Runs that are not in the page on the disk, or not as they are by now; with their pictures.
    var news: [String: RunSummary] = [:]
    var pictures: [String: [UInt8]] = [:]
    /// Reviews up to this event of the audit are in the page or among the news.
    var lastEvent: Int64
    /// The page on the disk as this process wrote it; nil where it is to be made from the database.
    var written: Written?

    /// What could not be written. Of many runs the pictures are let go, and the rows come from the database.
    mutating func takeBack(_ runs: [String: RunSummary], _ page: Written?) {
      for (id, run) in runs {
        guard let newer = news[id] else {
          news[id] = run
          continue
        }
        news[id]?.thumbnail = newer.thumbnail ?? run.thumbnail
      }
      written = page
      if news.count > ResultIndex.mostNews { (news, written) = ([:], nil) }
    }
  }

  private struct Written {
    let digest: SHA256Digest
    /// What its plain table shows.
    let newest: [RunSummary]
  }

  static let fileName = "index.html"

  /// Runs that are held at most while the page cannot be written.
  private static let mostNews = 1000

  private let place: URL
  private let state: Mutex<State>

  /// The page of everything on record, to be written.
  init(of audit: AuditDatabase, output: URL) throws(AuditError) {
    place = output.appending(path: Self.fileName)
    state = Mutex(State(lastEvent: try audit.lastEvent()))
  }

  /// Keeps a small picture for a run that is about to be sealed.
  func keep(_ picture: [UInt8]?, of run: RunID) { state.withLock { $0.pictures[run.text] = picture } }

  /// Takes a run in, or what has become known of it.
  func update(_ run: RunID, from audit: AuditDatabase) throws(AuditError) {
    let found = try audit.results(only: run).summaries
    state.withLock { state in
      for var summary in found {
        let earlier = state.news[summary.id]?.thumbnail
        summary.thumbnail = state.pictures.removeValue(forKey: summary.id) ?? earlier
        state.news[summary.id] = summary
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

  /// Writes the page, if something has changed since it was written; whole or not at all. One call at a time. Throws ``AuditError``, and
  /// `OutputError` where the disk refuses; what was to be written is then written the next time.
  func write(from audit: AuditDatabase) throws {
    let taken = state.withLock { state -> State? in
      guard state.written == nil || !state.news.isEmpty else { return nil }
      defer { (state.news, state.written) = ([:], nil) }
      return state
    }
    guard let (news, written) = taken.map({ ($0.news, $0.written) }) else { return }
    do {
      let old = try IndexFile.open(place)
      let new = try written.flatMap { try continued($0, by: news, old) } ?? made(from: audit, news, old)
      state.withLock { $0.written = new }
    } catch {
      state.withLock { $0.takeBack(news, written) }
      throw error
    }
  }

  /// The page made of the one on the disk and what is new; nil where that is not the one that was written.
  private func continued(_ written: Written, by news: [String: RunSummary], _ old: IndexFile?) throws -> Written? {
    guard let old, old.digest == written.digest else { return nil }
    let newest = Self.newest(of: written.newest, and: news)
    let lines = news.values.compactMap { try? IndexLine($0) }
    do {
      return try write(newest, news, old) { take in try old.lines(with: lines, take) }
    } catch is IndexFile.Foreign {
      return nil
    }
  }

  /// The page of everything on record.
  private func made(from audit: AuditDatabase, _ news: [String: RunSummary], _ old: IndexFile?) throws -> Written {
    try write(audit.results(limit: IndexPage.plainRows).summaries, news, old) { take in
      try audit.eachResult { answer in
        for line in answer.summaries.compactMap({ try? IndexLine($0) }) { try take(line) }
      }
    }
  }

  /// Writes the page of these lines in place of `old`.
  private func write(
    _ newest: [RunSummary], _ news: [String: RunSummary], _ old: IndexFile?,
    _ lines: (_ take: (IndexLine) throws -> Void) throws -> Void
  ) throws -> Written {
    var file = try AtomicFile(replacing: place)
    let pictures = IndexPictures(fresh: news.compactMapValues { $0.thumbnail }, earlier: old)
    var page = IndexPage(software: Version.software, newest: newest, pictures: pictures)
    try file.append(page.head)
    try lines { try file.append(page.row($0)) }
    try page.rest { try file.append($0) }
    return Written(digest: try file.finish(unless: old?.digest), newest: newest)
  }

  /// What the plain table shows of these and the new ones.
  private static func newest(of earlier: [RunSummary], and news: [String: RunSummary]) -> [RunSummary] {
    let runs =
      earlier.filter { news[$0.id] == nil }
      + news.values.map { run in
        var run = run
        run.thumbnail = nil
        return run
      }
    let sorted = runs.compactMap { run in (try? IndexLine(run)).map { (run: run, line: $0) } }.sorted {
      $0.line < $1.line
    }
    return sorted.prefix(IndexPage.plainRows).map { $0.run }
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

  /// A row of ``AuditDatabase/results(only:limit:)`` as the page shows it.
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
