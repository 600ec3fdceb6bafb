internal import Audit
internal import Digests
internal import Foundation
internal import Intake

/// What is no scan, and goes on record as such.
extension Site {
  /// Records that a folder was dropped with nothing in it.
  func refuseEmpty(_ folder: String) throws(AgentError) -> [JourneyEnd] {
    let error = JourneyError(.settled, .refused, "a folder that holds no file", files: [(folder, "holds no file")])
    return [try refuse(error, Unprocessed(folder: folder, inputs: [], also: ["empty"], aliases), StageLog { _ in })]
  }

  func refuse(_ parcel: SettledParcel, folder: String, now: Duration) throws(AgentError) -> JourneyEnd {
    guard let group = parcel.group else {
      let files = parcel.unusable.map { (path: $0.path, reason: "\($0)") }
      let error = JourneyError(.noticed, .refused, "no files that could be read", files: files)
      return try refuse(
        error, Unprocessed(folder: folder, inputs: [], also: files.map { $0.reason }, aliases), StageLog { _ in })
    }
    let series = SettledSeries(group, key: aliases.folderAlias(of: folder), now: now, aliases: aliases)
    let log = StageLog { _ in }
    log.append(series.noticed)
    log.append(series.settled)
    var (files, isForGood): ([(path: String, reason: String)], Bool) = ([], true)
    var readable: [String] = []
    for stamp in group.files {
      // What the agent has died over is not opened once more to say why.
      if let why = suspects.verdict(on: suspects.state(ofFile: stamp), doing: "reading its header") {
        files.append((stamp.path, why))
        continue
      }
      let kind = FileKind(stamp.path)
      files.append((stamp.path, kind.reason))
      switch kind {
      case .series, .object: readable.append(stamp.path)
      case .unavailable: isForGood = false
      case .directory, .stranger: break
      }
    }
    // What could not be read when it settled and now can.
    guard readable.isEmpty else { return .changed(readable) }
    let what = isForGood ? "no part of a DICOM series" : "no part of a DICOM series or cannot be read"
    let error = JourneyError(
      .converted, .refused, "\(files.count == 1 ? "a file that is" : "\(files.count) files that are") \(what)",
      files: files)
    let end = try refuse(error, Unprocessed(series, aliases), log)
    return isForGood ? end : end.notForGood
  }

  /// Records that a person named a place without any series: its files one by one, or that it is empty.
  func refuse(_ place: URL) throws(AgentError) -> [JourneyEnd] {
    let paths = SeriesSearch.files(at: place)
    guard !paths.isEmpty else { return try refuseEmpty(place.path) }
    let series = SettledSeries(
      named: paths.compactMap { try? FileStamp.current($0) }, key: aliases.folderAlias(of: place.path), aliases: aliases
    )
    let files = paths.map { (path: $0, reason: FileKind($0).reason) }
    let error = JourneyError(.converted, .refused, "no DICOM series among the files", files: files)
    return [try refuse(error, Unprocessed(series, aliases), StageLog { _ in })]
  }

  /// Records that a DICOM object cannot be used as a mask.
  func refuse(
    object file: URL, _ reason: String, _ source: ArchiveSource?
  ) throws(AgentError) -> [JourneyEnd] {
    let path = source?.place(of: file.path) ?? file.path
    let inputs = (try? FileStamp.current(file.path)).flatMap { stamp in
      (try? SHA256Digest(ofFile: file)).map { [InputFile(path: path, bytes: stamp?.size ?? 0, sha256: $0)] }
    }
    let error = JourneyError(.converted, .refused, reason, files: [(path, reason)])
    let folder = (path as NSString).deletingLastPathComponent
    let subject = Unprocessed(folder: folder, inputs: inputs ?? [], also: [reason], aliases)
    return [try refuse(error, subject, StageLog { _ in }, source)]
  }

  /// Seals what was not processed, and lists it.
  func refuse(
    _ error: JourneyError, _ subject: Unprocessed, _ log: StageLog, _ source: ArchiveSource? = nil
  ) throws(AgentError) -> JourneyEnd {
    let context = try context(inbox: { _ in nil }, endsHolding: true, sources: source.map { [$0] } ?? [])
    let end = try EarlyEnd(context: context, outcome: .refused, error: error, subject: subject, log: log).seal()
    try complete([end], firstFile: nil)
    return end
  }
}
