internal import Audit
internal import Foundation
internal import Writers

/// `record.json` in a run's output folder: everything that the database knows of the run. It repeats the database and so has no
/// digest in it.
struct RecordFile {
  let audit: AuditDatabase
  let output: OutputTree

  /// Writes it anew, whole or not at all.
  func write(of run: RunID) throws(AuditError) {
    guard let (bytes, place) = try contents(of: run) else { return }
    do throws(OutputError) { try AtomicFile.write(bytes, to: place) } catch {
      throw .notWritable(path: place.path, reason: "\(error)")
    }
  }

  /// Writes it where it does not agree with the database.
  func complete(of run: RunID) throws(AuditError) {
    guard let (bytes, place) = try contents(of: run), (try? Data(contentsOf: place)) != Data(bytes) else { return }
    try write(of: run)
  }

  /// What it holds, and where it lies; nil for a run whose output folder is not there.
  private func contents(of run: RunID) throws(AuditError) -> (bytes: [UInt8], place: URL)? {
    guard let details = try audit.details(ofRun: run.text), let folder = try audit.outputFolder(of: run) else {
      return nil
    }
    return (Array("\(details.json)\n".utf8), output.folder(folder).appending(path: "record.json"))
  }
}
