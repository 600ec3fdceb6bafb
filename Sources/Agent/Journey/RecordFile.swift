internal import Audit
internal import DICOM
internal import Foundation
internal import Writers

/// `record.json` in a run's output folder, everything that the database knows of the run, and the same for others as
/// `ro-crate-metadata.json`. It repeats the database and so has no
/// digest in it.
struct RecordFile {
  let audit: AuditDatabase
  let output: OutputTree

  /// Writes it anew, whole or not at all; with the patient's name where one is given.
  func write(of run: RunID, naming patient: PatientIdentity?) throws(AuditError) {
    guard let (details, bytes, place) = try contents(of: run, patient) else { return }
    do {
      // The record last: where it is right, the crate is there.
      try AtomicFile.write(
        RunCrate(details).json, to: place.deletingLastPathComponent().appending(path: RunCrate.fileName))
      try AtomicFile.write(bytes, to: place)
    } catch {
      throw .notWritable(path: place.path, reason: "\(error)")
    }
  }

  /// Writes it where it does not agree with the database.
  func complete(of run: RunID, naming patient: PatientIdentity?) throws(AuditError) {
    guard let (_, bytes, place) = try contents(of: run, patient), (try? Data(contentsOf: place)) != Data(bytes) else {
      return
    }
    try write(of: run, naming: patient)
  }

  /// Whom the record that is there names; nil where it names nobody.
  func patient(of run: RunID) throws(AuditError) -> PatientIdentity? {
    guard let folder = try audit.outputFolder(of: run) else { return nil }
    return (try? Data(contentsOf: Self.place(in: output.folder(folder))))
      .flatMap { try? JSONDecoder().decode(Named.self, from: $0) }?.patient
  }

  private struct Named: Decodable {
    let patient: PatientIdentity?
  }

  private static func place(in folder: URL) -> URL { folder.appending(path: "record.json") }

  /// What it holds, and where it lies; nil for a run whose output folder is not there.
  private func contents(
    of run: RunID, _ patient: PatientIdentity?
  ) throws(AuditError) -> (details: RunDetails, bytes: [UInt8], place: URL)? {
    guard let details = try audit.details(ofRun: run.text), let folder = try audit.outputFolder(of: run) else {
      return nil
    }
    let json = patient?.added(to: details.json) ?? details.json
    return (details, Array("\(json)\n".utf8), Self.place(in: output.folder(folder)))
  }
}
