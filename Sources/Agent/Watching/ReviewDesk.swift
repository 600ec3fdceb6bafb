public import Audit
public import Foundation
internal import Writers

/// Takes verdicts of people on results: into the audit, and onto the page that lists all results.
public struct ReviewDesk: Sendable {
  /// Who shows a verdict on the page.
  public enum Showing: Sendable, Hashable {
    /// The page shows it.
    case done
    /// The agent that works on the tree does, within seconds.
    case byAgent
    /// The verdict is on record, the page could not be written, for this reason: the next start of an agent writes it.
    case later(String)
  }

  private let audit: AuditDatabase
  private let output: OutputTree

  /// A desk at the output tree of `folder`. Throws ``AuditError`` where nothing is on record there.
  public init(outputFolder folder: URL) throws(AuditError) {
    audit = try AuditDatabase.openForReviewing(outputFolder: folder)
    output = OutputTree(root: folder)
  }

  /// Puts a verdict on record and on the page. An agent at work on the tree is left to do the latter.
  public func record(_ review: Review, on run: RunID) throws(AuditError) -> Showing {
    try audit.recordReview(run, review)
    guard let lock = try? AgentLock(outputFolder: output.root) else { return .byAgent }
    return withExtendedLifetime(lock) {
      do {
        let record = RecordFile(audit: audit, output: output)
        try record.complete(of: run, naming: try record.patient(of: run))
        try ResultIndex(of: audit, output: output.root).write(from: audit)
        return .done
      } catch {
        return .later("\(error)")
      }
    }
  }

  /// The run whose id is `text` or, if only one does, begins with it; nil if none or several do.
  public func run(_ text: String) throws(AuditError) -> RunID? {
    try audit.details(ofRun: text)?.run.rows.first.map { RunID($0[0].text) }
  }

  /// The verdict that stands on a run so far; nil where there is none.
  public func standing(on run: RunID) throws(AuditError) -> String? {
    let reviews = try audit.reviews(of: run)
    return reviews.columns.firstIndex(of: "verdict").flatMap { reviews.rows.last?[$0].text }
  }
}
