internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Intake
internal import Logging
internal import Models

extension Site {
  /// Scores a NIfTI mask against the runs whose scans lie in its folder, without running the network again.
  func scoreLate(_ file: URL, isLastAttempt: Bool = true) throws(AgentError) -> [JourneyEnd] {
    do throws(DigestError) {
      _ = try SHA256Digest(ofFile: file)
    } catch  where PassingCause.holds(error.code) && !isLastAttempt {
      return [.postponed("a mask cannot be read now: \(String(cString: strerror(error.code)))")]
    } catch {}  // what is wrong with it goes on record with the scores of its runs
    let folder = aliases.folderAlias(of: file.deletingLastPathComponent().path)
    try score(SuppliedMask(file: file, form: .nifti)) { audit throws(AuditError) in
      try audit.segmentedRuns(withInputIn: folder)
    }
    return []
  }

  /// Takes note of a DICOM object that draws labels, and scores it against the runs of the series that it refers to. One that
  /// cannot be read is refused.
  func noteObject(
    _ file: URL, form: SuppliedMask.Form, source: ArchiveSource? = nil, isLastAttempt: Bool = true
  ) throws(AgentError) -> [JourneyEnd] {
    let entry: MaskObjects.Entry
    do throws(DICOMError) {
      entry = try MaskObjects.Entry(file, form: form)
    } catch {
      if !isLastAttempt, let code = error.code, PassingCause.holds(code) {
        return [.postponed("a \(form.rawValue) cannot be read now: \(error.reason)")]
      }
      return try refuse(object: file, "a \(form.rawValue) that cannot be read: \(error.reason)", source)
    }
    guard !entry.series.isEmpty || !entry.instances.isEmpty else {
      return try refuse(object: file, "a \(form.rawValue) that refers to no series and no instance", source)
    }
    if try isOwn(entry.mask) {
      try leaveOut(entry, source)
      return []
    }
    objects.note(entry)
    let runs = try runs(drawnOnBy: entry)
    try score(entry.mask, source) { _ in runs }
    return []
  }

  /// The runs of the scans that an object was drawn on. One that names no series but instances is looked for among the inputs of its
  /// study's runs that are still in an inbox.
  private func runs(drawnOnBy entry: MaskObjects.Entry) throws(AgentError) -> [SegmentedRun] {
    do throws(AuditError) {
      guard entry.series.isEmpty else {
        var runs: [SegmentedRun] = []
        for series in entry.series.sorted() { runs += try audit.segmentedRuns(ofSeries: series) }
        return runs
      }
      guard let study = (try? DICOMHeader(entry.mask.file))?.studyInstanceUID, !study.isEmpty else { return [] }
      let runs = try audit.segmentedRuns(ofStudy: study)
      if let digest = try? SHA256Digest(ofFile: entry.mask.file) {
        for run in runs where try audit.hasScores(run.id, against: digest) { return [] }
      }
      guard !runs.isEmpty else { return [] }
      let places = try InboxPlaces(of: audit, output: output.root, also: configuration.inboxes).paths
      var drawnOn: [SegmentedRun] = []
      for run in runs {
        let files = try audit.details(ofRun: run.id.text)?.inputPaths.compactMap { places[$0] } ?? []
        let isDrawnOn = files.contains { path in
          (try? DICOMHeader(URL(filePath: path))).map { entry.instances.contains($0.sopInstanceUID) } ?? false
        }
        if isDrawnOn { drawnOn.append(run) }
      }
      return drawnOn
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// Whether Vigil wrote the object: this agent, by its digest, or any, by what it says of itself. With its study it comes back from the
  /// archive that it was sent to, and compared with itself it would agree.
  private func isOwn(_ mask: SuppliedMask) throws(AgentError) -> Bool {
    if mask.form == .segmentation, let attributes = try? DICOMAttributes(mask.file),
      SegmentationOutput.wrote(attributes)
    {
      return true
    }
    guard let digest = try? SHA256Digest(ofFile: mask.file) else { return false }
    do throws(AuditError) { return try audit.hasOutput(digest) } catch { throw AgentError("\(error)") }
  }

  /// Tells that an object is left out, and puts it on record once of each run that it would have been compared with.
  private func leaveOut(_ entry: MaskObjects.Entry, _ source: ArchiveSource?) throws(AgentError) {
    let path = aliases.alias(of: source?.place(of: entry.mask.file.path) ?? entry.mask.file.path)
    logger.notice(
      "a segmentation that Vigil wrote is no mask to compare with; it is left out", metadata: ["file": "\(path)"])
    do throws(AuditError) {
      let digest = (try? SHA256Digest(ofFile: entry.mask.file))?.description ?? ""
      for series in entry.series.sorted() {
        for run in try audit.segmentedRuns(ofSeries: series) { try audit.recordOwnMask(path, digest, of: run.id) }
      }
    } catch {
      throw AgentError("\(error)")
    }
  }

  private func score(
    _ mask: SuppliedMask, _ source: ArchiveSource? = nil, runs: (AuditDatabase) throws(AuditError) -> [SegmentedRun]
  ) throws(AgentError) {
    let alias = { (path: String) in self.aliases.alias(of: source?.place(of: path) ?? path) }
    do throws(AuditError) {
      for run in try runs(audit) {
        if let digest = try? SHA256Digest(ofFile: mask.file), try audit.hasScores(run.id, against: digest) { continue }
        switch comparison(of: mask, with: run) {
        case .success(let comparison):
          let file = comparison.file
          let entry = FileEntry(role: .reference, path: alias(file.path), bytes: file.bytes, sha256: file.sha256)
          try audit.recordFiles(run.id, [entry])
          try audit.recordScores(run.id, comparison.scores)
          try audit.recordReferenceNote(comparison.note, entry, of: run.id)
          try rewriteReport(of: run, with: comparison)
        case .failure(let error):
          try audit.recordReferenceError(error, of: run.id, alias)
        }
        try writeRecord(of: run.id)
        try index.update(run.id, from: audit)
      }
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// The comparison of a mask with the segmentation that a run has written.
  func comparison(of mask: SuppliedMask, with run: SegmentedRun) -> Result<ReferenceComparison, ReferenceError> {
    Result { () throws(ReferenceError) in
      guard let rule = ruleNamed(run.rule) else {
        throw ReferenceError(
          file: mask.file, reason: "rule \(run.rule), which made run \(run.id), does not exist any more")
      }
      do {
        let result = try NIfTI.readLabels(output.folder(run.outputFolder).appending(path: "segmentation.nii.gz"))
        let dataset = try shelf.model(of: rule).dataset
        return try ReferenceMasks.compare(mask, with: result, rule: rule, dataset: dataset)
      } catch let error as ReferenceError {
        throw error
      } catch {
        throw ReferenceError(file: mask.file, reason: "\(error)")
      }
    }
  }
}

extension RunDetails {
  /// The aliases of the files that went in.
  fileprivate var inputPaths: [String] {
    files.dictionaries.filter { $0["role"] == FileEntry.Role.input.rawValue }.compactMap { $0["path"] }
  }
}
