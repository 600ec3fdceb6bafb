internal import Audit
internal import Digests
internal import Foundation

extension AuditDatabase {
  /// Tells why a mask could not be compared with a run; once for the same file with the same bytes.
  func recordReferenceError(
    _ error: ReferenceError, of run: RunID, _ aliases: PathAliases
  ) throws(AuditError) {
    let (kind, detail) = ("reference-error", error.detail(aliases))
    if try !hasEvent(kind, detail, of: run) { try recordEvent(kind: kind, detail: detail, run: run) }
  }

  /// Tells what was done to compare a mask that came after the run was sealed; nothing where nothing had to be done.
  func recordReferenceNote(
    of comparison: ReferenceComparison, of run: RunID, _ aliases: PathAliases
  ) throws(AuditError) {
    guard let note = comparison.note else { return }
    let file = comparison.file.entry(as: .reference, aliases)
    let detail = ["mask": file.path, "sha256": file.sha256.description, "note": note]
    try recordEvent(kind: "reference-note", detail: detail, run: run)
  }

  private func hasEvent(_ kind: String, _ detail: [String: String], of run: RunID) throws(AuditError) -> Bool {
    guard let events = try details(ofRun: run.text)?.events, let kinds = events.columns.firstIndex(of: "kind"),
      let details = events.columns.firstIndex(of: "detail")
    else { return false }
    return events.rows.contains { row in
      let told = try? JSONDecoder().decode([String: String].self, from: Data(row[details].text.utf8))
      return row[kinds].text == kind && told == detail
    }
  }
}
