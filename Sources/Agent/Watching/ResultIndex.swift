internal import Audit
internal import Foundation
internal import Synchronization
internal import Writers

/// `index.html` at the root of the output tree: every sealed run, newest first. It repeats the database and is made again from it
/// at each start; small pictures are taken over from the page that is there.
final class ResultIndex: Sendable {
  private struct State {
    var page: IndexPage
    var pictures: [String: [UInt8]] = [:]
    var isStale = true
  }

  static let fileName = "index.html"

  private let place: URL
  private let state: Mutex<State>

  /// The page of everything on record.
  init(of audit: AuditDatabase, output: URL) throws(AuditError) {
    place = output.appending(path: Self.fileName)
    let known = (try? Data(contentsOf: place)).map { IndexPage.thumbnails(in: Array($0)) } ?? [:]
    var page = IndexPage(software: Version.software)
    for var run in try audit.results().summaries {
      run.thumbnail = known[run.id]
      try? page.update(run)
    }
    state = Mutex(State(page: page))
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

  /// Writes the page, if something has changed since it was written; whole or not at all.
  func write() throws(OutputError) {
    let page = state.withLock { state -> [UInt8]? in
      guard state.isStale else { return nil }
      state.isStale = false
      return state.page.html()
    }
    guard let page, (try? Data(contentsOf: place)) != Data(page) else { return }
    try AtomicFile.write(page, to: place)
  }
}

extension Answer {
  fileprivate var summaries: [RunSummary] {
    rows.compactMap { row in
      Dictionary(zip(columns, row.map { $0.text }), uniquingKeysWith: { first, _ in first }).summary
    }
  }
}

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
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    var run = RunSummary(
      id: id, rule: self["rule"] ?? "", outcome: outcome, series: Self.series(folder.last ?? ""),
      startedAt: (try? format.parse(self["started_at"] ?? "")) ?? .distantPast,
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
    return run
  }

  private func page(_ outcome: RunSummary.Outcome) -> String {
    guard outcome == .segmented else { return "reason.txt" }
    return self["has_report"] == "1" ? "report.html" : "preview.png"
  }

  private func decoded<Stored: Decodable>(_ key: String, as type: Stored.Type) -> Stored? {
    try? JSONDecoder().decode(type, from: Data((self[key] ?? "").utf8))
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
