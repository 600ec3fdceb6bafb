internal import Audit
internal import DICOM
internal import Foundation

/// Names of patients, for the records and reports of rules that say `identify: true`. They are in no log and in no database, so a
/// record that is made again takes them over from the one that is there, or from an input that is still in an inbox.
extension Site {
  /// The patient of a run; nil where its rule does not ask, or nobody knows any more. `firstFile`: one of the files that went in.
  func patient(of run: RunID, rule: String, firstFile: String? = nil) throws(AuditError) -> PatientIdentity? {
    guard ruleInForce(rule)?.identify == true else { return nil }
    if let firstFile { return try? PatientIdentity(URL(filePath: firstFile)) }
    if let known = try RecordFile(audit: audit, output: output).patient(of: run) { return known }
    let places = try InboxPlaces(of: audit, output: output.root, also: configuration.inboxes)
    let inputs = try audit.details(ofRun: run.text)?.inputPaths ?? []
    return inputs.lazy.compactMap { places.paths[$0] }.compactMap { try? PatientIdentity(URL(filePath: $0)) }.first
  }
}

extension PatientIdentity {
  /// For a report's notes.
  var words: String { "patient: \(name), ID \(id)" }

  /// `json`, an object, with the member `patient` added.
  func added(to json: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard json.hasSuffix("}"), let bytes = try? encoder.encode(self) else { return json }
    return json.dropLast() + ",\"patient\":" + String(decoding: bytes, as: UTF8.self) + "}"
  }
}

extension RunDetails {
  /// The run's rule; empty where none took it.
  var rule: String {
    guard let column = run.columns.firstIndex(of: "rule"), let row = run.rows.first else { return "" }
    return row[column].text
  }

  /// What the files that went in are called on record.
  fileprivate var inputPaths: [String] {
    guard let role = files.columns.firstIndex(of: "role"), let path = files.columns.firstIndex(of: "path") else {
      return []
    }
    return files.rows.filter { $0[role].text == FileEntry.Role.input.rawValue }.map { $0[path].text }
  }
}
