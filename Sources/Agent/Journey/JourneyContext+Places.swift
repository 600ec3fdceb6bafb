internal import Audit
internal import DICOM
internal import Digests
internal import Writers

extension JourneyContext {
  /// Where a scan's folder goes, relative to the output tree.
  func place(of scan: Scan, below group: String, key: RunKey) throws(JourneyError) -> String {
    let name = OutputName(
      studyDate: scan.studyDate, modality: scan.modality, seriesDescription: scan.seriesDescription,
      seriesInstanceUID: scan.seriesKey)
    return try place(name, below: group, key: key)
  }

  /// The plain name, unless a sealed run of other input or another model has it; then with the input's digest, then with the
  /// model's too. A function of series, rule, input and model, so that doing a thing twice gives the same folder.
  func place(_ name: OutputName, below group: String, key: RunKey) throws(JourneyError) -> String {
    let byInput = "\(name)-\(key.inputSHA256?.description.prefix(8) ?? "0")"
    for candidate in [name.description, byInput] {
      let path = "\(group)/\(candidate)"
      let owners = try owners(of: path)
      if owners.allSatisfy({ $0 == key }) { return path }
    }
    return "\(group)/\(byInput)-\(key.modelSHA256?.description.prefix(8) ?? "0")"
  }

  private func owners(of path: String) throws(JourneyError) -> [RunKey] {
    do throws(AuditError) {
      return try audit.owners(ofFolder: path)
    } catch {
      throw JourneyError(.written, .agent, "\(error)")
    }
  }
}
