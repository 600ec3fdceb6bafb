internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Intake
internal import Writers

/// What is known of an input that was not processed.
struct Unprocessed {
  /// What the series is called on record.
  let seriesKey: String
  let studyInstanceUID: String?
  let name: OutputName
  let inputDigest: SHA256Digest?
  let inputs: [InputFile]
  /// Files of the series that were left out before it ended, and why.
  var skipped: [(path: String, reason: String)] = []

  init(_ scan: Scan, _ aliases: PathAliases) {
    seriesKey = aliases.seriesUID(of: scan)
    studyInstanceUID = scan.studyInstanceUID
    name = OutputName(
      studyDate: scan.studyDate, modality: scan.modality, seriesDescription: scan.seriesDescription,
      seriesInstanceUID: seriesKey)
    inputDigest = scan.inputDigest
    inputs = scan.inputFiles
    skipped = scan.skipped.map { ($0.file.path, $0.reason) }
  }

  init(_ refusal: RefusedSeries, _ aliases: PathAliases) {
    seriesKey = SeriesKey.recorded(refusal.seriesKey, aliases)
    studyInstanceUID = refusal.attributes?["StudyInstanceUID"]
    name = OutputName(
      studyDate: refusal.attributes?["StudyDate"] ?? "", modality: refusal.attributes?["Modality"] ?? "",
      seriesDescription: refusal.attributes?["SeriesDescription"] ?? "", seriesInstanceUID: seriesKey)
    inputDigest = refusal.inputDigest
    inputs = refusal.inputFiles
  }

  /// Files that are not to be opened by a decoder.
  init(seriesKey: String, inputs: [InputFile]) {
    self.seriesKey = seriesKey
    studyInstanceUID = nil
    name = OutputName(studyDate: "", modality: "", seriesDescription: "", seriesInstanceUID: seriesKey)
    inputDigest = SHA256Digest(of: Set(inputs.map { $0.sha256.description }).sorted().joined(separator: "\n"))
    self.inputs = inputs
  }

  /// Files that are no part of any series.
  init(_ series: SettledSeries, _ aliases: PathAliases) {
    let inputs = series.files.compactMap { file in
      (try? SHA256Digest(ofFile: URL(filePath: file.path))).map {
        InputFile(path: file.path, bytes: file.size, sha256: $0)
      }
    }
    let folder = ((series.files.first?.path ?? "") as NSString).deletingLastPathComponent
    // Without a digest a file is told by what it is called and when it was written: two that cannot be read are two.
    let read = Set(inputs.map { $0.path })
    let unread = series.files.filter { !read.contains($0.path) }.map { "\($0.path) \($0.size) \($0.modified)" }
    self.init(folder: folder, inputs: inputs, also: unread, aliases)
  }

  /// Things in a folder, readable as files or not. Name and digest are made of the aliases: neither can be tried names on.
  init(folder: String, inputs: [InputFile], also words: [String] = [], _ aliases: PathAliases) {
    seriesKey = ""
    studyInstanceUID = nil
    name = OutputName(
      studyDate: "", modality: "files", seriesDescription: "", seriesInstanceUID: aliases.folderAlias(of: folder))
    let places = inputs.map { "\($0.sha256) \(aliases.alias(of: $0.path))" }.sorted()
    let listing = places + words.map { aliases.folderAlias(of: $0) }.sorted() + [aliases.folderAlias(of: folder)]
    inputDigest = SHA256Digest(of: listing.joined(separator: "\n"))
    self.inputs = inputs
  }
}

extension JourneyContext {
  /// Seals what ended early: a folder below `refused/` that says why, file by file, and the run; or says what it waits for.
  func seal(_ error: JourneyError, _ subject: Unprocessed, log: StageLog) throws(AgentError) -> JourneyEnd {
    let outcome: RunOutcome
    switch error.ending {
    case .unmatched: outcome = .unmatched
    case .refused: outcome = .refused
    case .failed: outcome = .failed
    case .held where endsHolding: outcome = .refused
    case .held: return .held(error.message, wait: rules.rules.first { $0.name == error.rule }?.wait)
    case .gathered: return .gathered
    case .postponed where isLastAttempt: outcome = .refused
    case .postponed: return .postponed(error.message)
    case .interrupted: return .interrupted
    case .agent: throw AgentError(error.message)
    }
    let end = try EarlyEnd(context: self, outcome: outcome, error: error, subject: subject, log: log).seal()
    return error.ending == .postponed ? end.notForGood : end
  }
}

/// Seals a journey that ended before a segmentation: `refused/<name>/reason.txt` and a run, or a bundle with the two. The reason names the
/// files by their paths, so that somebody finds them; nothing else does.
struct EarlyEnd {
  let context: JourneyContext
  let outcome: RunOutcome
  let error: JourneyError
  let subject: Unprocessed
  let log: StageLog

  func seal() throws(AgentError) -> JourneyEnd {
    try AddressSpace.checkReserve()
    do {
      switch context.destination {
      case .bundles(let folder): return try leave(key(subject.inputDigest), below: folder)
      case .ledger(let ledger): return try enter(ledger)
      }
    } catch let error as JourneyError {
      throw AgentError(error.message)
    } catch {
      throw AgentError("\(error)")
    }
  }

  private func enter(_ ledger: Ledger) throws -> JourneyEnd {
    let audit = ledger.audit
    let (key, before) = try keyOfThisEnd(ledger)
    if let before, try audit.outcome(of: before) != .failed || outcome == .failed { return .alreadySealed(before) }
    var place = try ledger.place(subject.name, below: OutputTree.refused, key: key)
    if before != nil { place += "-\(outcome.rawValue)" }  // the folder of the failure stays as it is on record
    let run = try audit.beginRun(
      seriesUID: subject.seriesKey,
      facts: RunFacts(
        studyUID: subject.studyInstanceUID, rule: key.rule, inputSHA256: key.inputSHA256,
        modelSHA256: error.modelDigest, outputFolder: place),
      startedAt: log.startedAt, software: Version.software)
    // After the run has begun, so that a crash leaves no folder that nobody knows.
    var folder = try ledger.output.newFolder(place)
    let reason = try writeReason(to: &folder, path: "\(place)/")
    _ = try folder.seal()
    try audit.recordFiles(run, context.entries(subject.inputs) + [reason])
    for stage in log.records { try audit.record(stage, of: run) }
    _ = try audit.seal(run, outcome, failure: failure)
    return .sealed(run, outcome, message: error.message)
  }

  /// The key under which this end goes on record, and the run that has it. The rules may come to end the same input otherwise, without
  /// any of them taking it: each further end has a key of its own, whose digest is made of the input's and the end's number.
  private func keyOfThisEnd(_ ledger: Ledger) throws -> (key: RunKey, before: RunID?) {
    var key = key(subject.inputDigest)
    var last: (key: RunKey, run: RunID)?
    var number = 1
    while let run = try ledger.sealedRun(of: key) {
      (last, number) = ((key, run), number + 1)
      key = self.key(SHA256Digest(of: "\(subject.inputDigest?.description ?? "")\nend \(number)"))
    }
    guard let last, try !isOtherwise(than: last.run, ledger.audit) else { return (key, nil) }
    return (last.key, last.run)
  }

  private func key(_ input: SHA256Digest?) -> RunKey {
    RunKey(seriesUID: subject.seriesKey, rule: error.rule, modelSHA256: error.modelDigest, inputSHA256: input)
  }

  /// Whether a run that was sealed of the same work ended otherwise. A failure is no end: it is tried again, under its own key.
  private func isOtherwise(than run: RunID, _ audit: AuditDatabase) throws -> Bool {
    guard let end = try audit.end(of: run), end.outcome != .failed, outcome != .failed else { return false }
    let areOtherRules =
      error.stage == .matched && error.rule == nil && outcome == .refused && end.error != error.message
    return end.outcome != outcome || areOtherRules
  }

  private var failure: RunFailure { RunFailure(stage: error.stage.rawValue, error: error.message) }

  /// A bundle under the run's id.
  private func leave(_ key: RunKey, below parent: URL) throws -> JourneyEnd {
    let run = RunID(startingAt: log.startedAt)
    var folder = try OutputFolder(name: run.text, in: parent)
    let reason = try writeReason(to: &folder)
    let row = BundleRecord.Run(
      run, key, study: subject.studyInstanceUID, outcome, failure: failure, startedAt: log.startedAt)
    let record = BundleRecord(row, stages: log.records, files: context.entries(subject.inputs) + [reason])
    _ = try RunBundle.seal(folder, record)
    return .sealed(run, outcome, message: error.message)
  }

  /// `path`: what stands before the name on record.
  private func writeReason(to folder: inout OutputFolder, path: String = "") throws -> FileEntry {
    let file = try folder.write(Array(text.utf8), as: "reason.txt")
    return FileEntry(role: .output, path: path + file.name, bytes: Int64(file.bytes), sha256: file.sha256)
  }

  /// The reason, then each file with its own, in paths sorted.
  private var text: String {
    let reasons = Dictionary(
      error.files + subject.skipped, uniquingKeysWith: { first, second in first + "; " + second })
    let listed = Set(subject.inputs.map { $0.path }).union(reasons.keys).sorted()
    let files = listed.map { path in "  \(context.place(of: path))\(reasons[path].map { ": \($0)" } ?? "")" }
    return """
      \(outcome.rawValue) at \(error.stage.rawValue): \(error.message)

      Files:
      \(files.joined(separator: "\n"))

      """
  }
}
