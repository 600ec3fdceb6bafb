public import Foundation
import GRDB

/// What a person says of a result.
public struct Review: Sendable, Hashable {
  /// What it came to.
  public enum Verdict: String, Sendable, CaseIterable {
    /// The result may be used.
    case accepted
    /// The result may not be used.
    case rejected
  }

  /// What it came to.
  public let verdict: Verdict
  /// Why; empty when nothing was said.
  public let note: String
  /// Who says so; empty when nobody is named.
  public let reviewer: String

  /// A verdict, with a note and the reviewer's name where they are given.
  public init(verdict: Verdict, note: String = "", reviewer: String = "") {
    self.verdict = verdict
    self.note = note
    self.reviewer = reviewer
  }
}

/// Verdicts of people: events of the chain, one a verdict. The last one of a run stands, the earlier ones stay.
extension AuditDatabase {
  static let reviewKind = "run-reviewed"

  /// Opens the database of an output folder to add a verdict to it, also while an agent writes there: each waits for the other. Unlike
  /// ``open(outputFolder:clock:)`` it makes no database where there is none.
  public static func openForReviewing(
    outputFolder: URL, clock: @escaping @Sendable () -> Date = { Date() }
  ) throws(AuditError) -> AuditDatabase {
    let file = outputFolder.appending(path: fileName)
    guard FileManager.default.fileExists(atPath: file.path) else { throw .missing(path: file.path) }
    return try open(outputFolder: outputFolder, clock: clock)
  }

  /// Appends a verdict on a sealed run that has a segmentation. Throws ``AuditError/noResult(_:)`` for any other.
  public func recordReview(_ run: RunID, _ review: Review) throws(AuditError) {
    let text = { (value: String) -> CanonicalJSON.Value in value.isEmpty ? .null : .text(value) }
    try write { db in
      let outcome = try String.fetchOne(db, sql: "SELECT outcome FROM run WHERE id = ?", arguments: [run.text])
      guard outcome == RunOutcome.segmented.rawValue else { throw AuditError.noResult(run) }
      _ = try self.append(
        kind: Self.reviewKind,
        detail: [
          "verdict": .text(review.verdict.rawValue), "note": text(review.note), "reviewer": text(review.reviewer),
        ], run: run, to: db)
    }
  }
}
