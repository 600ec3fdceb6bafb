internal import Audit
internal import Digests
internal import Foundation
internal import Imaging
internal import Writers

extension Site {
  /// Writes `record.json` of a run: after the seal, and again when scores or verdicts are added. `firstFile`: one of the files that
  /// went in, where it is at hand.
  func writeRecord(of run: RunID, firstFile: String? = nil) throws(AuditError) {
    let rule = try audit.details(ofRun: run.text)?.rule ?? ""
    try records.write(of: run, naming: try patient(of: run, rule: rule, firstFile: firstFile))
  }

  private var records: RecordFile { RecordFile(audit: audit, output: output) }

  /// Makes reports and records agree with the database again, where a crash came between the one and the other: those of the
  /// runs of which an event tells since the last start.
  func completeRecords() throws(AgentError) {
    do throws(AuditError) {
      let touched = Set(try audit.runsTouchedSinceLastStart())
      guard !touched.isEmpty else { return }
      for run in try audit.segmentedRuns() where touched.contains(run.id) {
        let folder = output.folder(run.outputFolder)
        guard FileManager.default.fileExists(atPath: folder.path) else { continue }
        OutputFolder.removeDebris(in: folder)
        if try audit.hasScoresAfterReport(run.id) { try rewriteReport(of: run, with: try foundAgain(run)) }
        try records.complete(of: run.id, naming: try patient(of: run.id, rule: run.rule))
      }
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// Makes `report.html` of a sealed run again, with a mask that came later, and puts its new digest on record. Nothing is done
  /// for a run without a report.
  func rewriteReport(of run: SegmentedRun, with comparison: ReferenceComparison?) throws(AuditError) {
    guard let story = try story(of: run.id) else { return }
    do {
      let page = try page(story, of: run, comparison)
      let path = "\(run.outputFolder)/report.html"
      try AtomicFile.write(page, to: output.root.appending(path: path))
      try audit.recordOutputRewritten(
        run.id,
        FileEntry(role: .output, path: path, bytes: Int64(page.count), sha256: SHA256Digest(of: page)))
    } catch let error as AuditError {
      throw error
    } catch {
      try audit.recordEvent(kind: "report-error", detail: ["error": "\(error)"], run: run.id)
    }
  }

  private func page(_ story: ReportStory, of run: SegmentedRun, _ comparison: ReferenceComparison?) throws -> [UInt8] {
    let folder = output.folder(run.outputFolder)
    let image = try NIfTI.read(folder.appending(path: "image.nii.gz"))
    let labels = try NIfTI.readLabels(folder.appending(path: "segmentation.nii.gz"))
    let details = try audit.details(ofRun: run.id.text)
    let content = story.content(
      image: image, labels: labels, stages: details?.reportStages ?? [],
      references: comparison.map { [$0] } ?? [], outputs: details?.reportOutputs ?? [],
      host: ProcessInfo.processInfo.hostName)
    guard var content else { throw ReportFailure(reason: "a digest on record is none") }
    content.trust = details?.facts(of: .postprocessed)?.trust?.forReport
    content.notes += (details?.words(besides: comparison?.file.sha256) ?? []).map {
      .init(severity: .information, text: $0)
    }
    if let patient = try patient(of: run.id, rule: run.rule) {
      content.notes.append(.init(severity: .information, text: patient.words))
    }
    return try Report.html(content)
  }

  /// What a run's report was made of; nil where it has none.
  private func story(of run: RunID) throws(AuditError) -> ReportStory? {
    let stage = try audit.details(ofRun: run.text)?.facts(of: .written)
    return stage?[ReportStory.factName]?.decoded(as: ReportStory.self)
  }

  /// The comparison with the last mask of a run that is still in an inbox.
  private func foundAgain(_ run: SegmentedRun) throws(AuditError) -> ReferenceComparison? {
    let places = try InboxPlaces(of: audit, output: output.root, also: configuration.inboxes)
    let aliases = try audit.details(ofRun: run.id.text)?.referencePaths ?? []
    for file in aliases.reversed().compactMap({ places.paths[$0] }).map({ URL(filePath: $0) }) {
      let form: SuppliedMask.Form =
        if case .object(let form) = FileKind(file.path) { form } else { .nifti }
      if case .success(let found) = comparison(of: SuppliedMask(file: file, form: form), with: run) { return found }
    }
    return nil
  }
}

extension RunDetails {
  /// The facts of a stage; nil where it was not passed.
  fileprivate func facts(of stage: Stage) -> Facts? {
    stages.dictionaries.first { $0["stage"] == stage.rawValue }.flatMap { Self.facts($0["facts"]) }
  }

  private static func facts(_ text: String?) -> Facts? {
    try? JSONDecoder().decode(Facts.self, from: Data((text ?? "").utf8))
  }

  /// The stages as a report shows them.
  fileprivate var reportStages: [ReportContent.Stage] {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return stages.dictionaries.map { row in
      ReportContent.Stage(
        name: row["stage"] ?? "", startedAt: (try? format.parse(row["started_at"] ?? "")) ?? .distantPast,
        seconds: row["seconds"].flatMap { Double($0) }, facts: (Self.facts(row["facts"]) ?? [:]).forReport)
    }
  }

  /// The outputs beside the report.
  fileprivate var reportOutputs: [ReportContent.OutputFile] {
    files.dictionaries.filter { $0["role"] == FileEntry.Role.output.rawValue }.compactMap { row in
      let name = ((row["path"] ?? "") as NSString).lastPathComponent
      guard name != "report.html", let digest = SHA256Digest(hexadecimal: row["sha256"] ?? "") else { return nil }
      return .init(name: name, digest: digest)
    }
  }

  /// Scores against the masks that are not drawn.
  fileprivate func words(besides drawn: SHA256Digest?) -> [String] {
    scores.dictionaries.filter { $0["reference_sha256"] != drawn?.description }.map { row in
      let dice = row["dice"].flatMap { Double($0) }.map { String(format: "%.3f", $0) } ?? "not defined, both are empty"
      return "mask \((row["reference_sha256"] ?? "").prefix(8)), \(row["label_name"] ?? ""): Dice \(dice)"
    }
  }

  /// Masks, the first recorded first.
  fileprivate var referencePaths: [String] {
    files.dictionaries.filter { $0["role"] == FileEntry.Role.reference.rawValue }.compactMap { $0["path"] }
  }
}

extension Answer {
  /// The rows by column.
  var dictionaries: [[String: String]] {
    rows.map { row in Dictionary(zip(columns, row.map { $0.text }), uniquingKeysWith: { first, _ in first }) }
  }
}

extension RunDetails {
}
