internal import Audit
internal import Digests
internal import Foundation

extension AuditDatabase {
  /// Tells why a mask could not be compared with a run; once for the same file with the same bytes.
  func recordReferenceError(
    _ error: ReferenceError, of run: RunID, _ alias: (String) -> String
  ) throws(AuditError) {
    let (kind, detail) = ("reference-error", error.detail(alias))
    if try !hasEvent(kind, detail, of: run) { try recordEvent(kind: kind, detail: detail, run: run) }
  }

  /// Tells what was done to compare a mask that came after the run was sealed; nothing where nothing had to be done.
  func recordReferenceNote(_ note: String?, _ mask: FileEntry, of run: RunID) throws(AuditError) {
    guard let note else { return }
    let detail = ["mask": mask.path, "sha256": mask.sha256.description, "note": note]
    try recordEvent(kind: "reference-note", detail: detail, run: run)
  }

  /// Tells that a segmentation which Vigil wrote itself was not taken for a mask; once for the same file with the same bytes.
  func recordOwnMask(_ alias: String, _ sha256: String, of run: RunID) throws(AuditError) {
    let (kind, detail) = ("own-mask", ["mask": alias, "sha256": sha256])
    if try !hasEvent(kind, detail, of: run) { try recordEvent(kind: kind, detail: detail, run: run) }
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
