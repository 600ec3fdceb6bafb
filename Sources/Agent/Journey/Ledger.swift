internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Writers

/// Where runs go on record: the database with its output tree and the list of all results.
struct Ledger: Sendable {
  let audit: AuditDatabase
  let output: OutputTree
  let index: ResultIndex

  /// The sealed run of the same work, failures included: what failed is tried again when input, rule or model change.
  func sealedRun(of key: RunKey) throws(JourneyError) -> RunID? {
    do throws(AuditError) {
      return try audit.sealedRun(for: key, includingFailed: true)
    } catch {
      throw JourneyError(.recorded, .agent, "\(error)")
    }
  }

  /// The hidden folder in which a scan's bundle is made before it is taken in; it goes with the value.
  func staging(for key: RunKey) throws(JourneyError) -> WorkFolder {
    do throws(OutputError) {
      return try WorkFolder(in: output.root, purpose: String(key.work.description.prefix(16)))
    } catch {
      throw JourneyError(.written, .agent, "\(error); \(OutputTree.remedy)")
    }
  }

  /// Where a scan's folder goes, relative to the output tree.
  func place(of scan: Scan, below group: String, key: RunKey) throws(JourneyError) -> String {
    let name = OutputName(
      studyDate: scan.studyDate, modality: scan.modality, seriesDescription: scan.seriesDescription,
      seriesInstanceUID: key.seriesUID)
    return try place(name, below: group, key: key)
  }

  /// The plain name, unless a sealed run of other input or another model has it; then with the input's digest, then with the
  /// model's too, at last with one of all that makes the work. A function of series, rule, input and model, so that doing a thing twice gives the same folder.
  func place(_ name: OutputName, below group: String, key: RunKey) throws(JourneyError) -> String {
    let byInput = "\(name)-\(key.inputSHA256?.description.prefix(8) ?? "0")"
    let byModel = "\(byInput)-\(key.modelSHA256?.description.prefix(8) ?? "0")"
    for candidate in [name.description, byInput, byModel] {
      let path = "\(group)/\(candidate)"
      let owners = try owners(of: path)
      if owners.allSatisfy({ $0 == key }) { return path }
    }
    return "\(group)/\(byInput)-\(key.work.description.prefix(8))"
  }

  private func owners(of path: String) throws(JourneyError) -> [RunKey] {
    do throws(AuditError) {
      return try audit.owners(ofFolder: path)
    } catch {
      throw JourneyError(.written, .agent, "\(error)")
    }
  }
}
