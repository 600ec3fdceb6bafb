internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Intake
internal import Writers

/// What is known of an input that was not processed.
struct Unprocessed {
  let seriesKey: String
  let studyInstanceUID: String?
  let name: OutputName
  let inputDigest: SHA256Digest?
  let inputs: [InputFile]
  /// Files of the series that were left out before it ended, and why.
  var skipped: [(path: String, reason: String)] = []

  init(_ scan: Scan, _ series: SettledSeries) {
    seriesKey = scan.seriesKey
    studyInstanceUID = scan.studyInstanceUID
    name = OutputName(
      studyDate: scan.studyDate, modality: scan.modality, seriesDescription: scan.seriesDescription,
      seriesInstanceUID: scan.seriesKey)
    inputDigest = scan.inputDigest
    inputs = scan.inputFiles
    skipped = scan.skipped.map { ($0.file.path, $0.reason) }
  }

  init(_ refusal: RefusedSeries, _ series: SettledSeries) {
    seriesKey = refusal.seriesKey
    studyInstanceUID = refusal.attributes?["StudyInstanceUID"]
    name = OutputName(
      studyDate: refusal.attributes?["StudyDate"] ?? "", modality: refusal.attributes?["Modality"] ?? "",
      seriesDescription: refusal.attributes?["SeriesDescription"] ?? "", seriesInstanceUID: refusal.seriesKey)
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
    self.init(folder: folder, inputs: inputs, aliases)
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

/// Seals a journey that ended before a segmentation: `refused/<name>/reason.txt` and a run. The reason names the files by
/// their paths, so that somebody finds them; nothing else does.
struct EarlyEnd {
  let context: JourneyContext
  let outcome: RunOutcome
  let error: JourneyError
  let subject: Unprocessed
  let log: StageLog

  func seal() throws(AgentError) -> JourneyEnd {
    try AddressSpace.checkReserve()
    do {
      let rule = error.rule
      let key = RunKey(
        seriesUID: subject.seriesKey, rule: rule, modelSHA256: error.modelDigest, inputSHA256: subject.inputDigest)
      let before = try context.sealedRun(of: key)
      let isNew = try before.map { try context.audit.outcome(of: $0) == .failed && outcome != .failed } ?? true
      if let before, !isNew { return .alreadySealed(before) }
      var place = try context.place(subject.name, below: OutputTree.refused, key: key)
      if before != nil { place += "-\(outcome.rawValue)" }  // the folder of the failure stays as it is on record
      let audit = context.audit
      let run = try audit.beginRun(
        seriesUID: subject.seriesKey,
        facts: RunFacts(
          studyUID: subject.studyInstanceUID, rule: rule, inputSHA256: subject.inputDigest,
          modelSHA256: error.modelDigest, outputFolder: place),
        startedAt: log.startedAt, software: Version.software)
      // After the run has begun, so that a crash leaves no folder that nobody knows.
      let reason = try writeReason(place)
      try audit.recordFiles(run, context.entries(subject.inputs) + [reason])
      for stage in log.records { try audit.record(stage, of: run) }
      _ = try audit.seal(run, outcome, failure: RunFailure(stage: error.stage.rawValue, error: error.message))
      return .sealed(run, outcome, message: error.message)
    } catch let error as JourneyError {
      throw AgentError(error.message)
    } catch {
      throw AgentError("\(error)")
    }
  }

  private func writeReason(_ place: String) throws -> FileEntry {
    var folder = try context.output.newFolder(place)
    let file = try folder.write(Array(text.utf8), as: "reason.txt")
    _ = try folder.seal()
    return FileEntry(role: .output, path: "\(place)/\(file.name)", bytes: Int64(file.bytes), sha256: file.sha256)
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
