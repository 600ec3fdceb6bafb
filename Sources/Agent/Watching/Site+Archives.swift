internal import Archives
internal import Audit
internal import Digests
internal import Foundation
internal import Intake
internal import Writers

extension Site {
  /// Unpacks an archive and takes every series in it on its way. A series in an archive comes whole, so that it is not held for more;
  /// with `gathersMore` a study may be in several. One that cannot be unpacked, or holds no series, is refused.
  func unpack(
    _ stamp: FileStamp, isLastAttempt: Bool = true, gathersMore: Bool = false,
    inbox: @escaping @Sendable (String) -> String?
  ) throws(AgentError) -> [JourneyEnd] {
    try unpacked(stamp, isLastAttempt: isLastAttempt) { source throws(AgentError) in
      try process(source, isLastAttempt, gathersMore) { _ in inbox(stamp.path) }
    }
  }

  /// Unpacks archives into private folders, for as long as `work` takes.
  func unpacked(
    _ stamps: ArraySlice<FileStamp>, after sources: [ArchiveSource] = [], isLastAttempt: Bool,
    _ work: ([ArchiveSource]) throws(AgentError) -> [JourneyEnd]
  ) throws(AgentError) -> [JourneyEnd] {
    guard let first = stamps.first else { return try work(sources) }
    return try unpacked(first, isLastAttempt: isLastAttempt) { source throws(AgentError) in
      try unpacked(stamps.dropFirst(), after: sources + [source], isLastAttempt: isLastAttempt, work)
    }
  }

  /// Unpacks an archive into a private folder, for as long as `work` takes. `isSecond`: it was called damaged once.
  private func unpacked(
    _ stamp: FileStamp, isLastAttempt: Bool, isSecond: Bool = false,
    _ work: (ArchiveSource) throws(AgentError) -> [JourneyEnd]
  ) throws(AgentError) -> [JourneyEnd] {
    let file = URL(filePath: stamp.path)
    let digest: SHA256Digest
    do throws(DigestError) {
      digest = try SHA256Digest(ofFile: file)
    } catch {
      guard PassingCause.holds(reading: error.code) else { return [.changed([stamp.path])] }
      let why = "an archive cannot be read: \(String(cString: strerror(error.code)))"
      return isLastAttempt ? [try refuse(stamp.path, [], why).notForGood] : [.postponed(why)]
    }
    guard [stamp].changedSince().isEmpty else { return [.changed([stamp.path])] }
    let archive = InputFile(path: stamp.path, bytes: stamp.size, sha256: digest)
    do {
      let folder = try WorkFolder(in: output.root, purpose: String(digest.description.prefix(16)))
      _ = try Unpacking.unpack(file, to: folder.url, isCancelled: isCancelled)
      guard [stamp].changedSince().isEmpty else { return [.changed([stamp.path])] }
      return try work(ArchiveSource(archive: archive, unpacked: folder.url))
    } catch let error as ArchiveError {
      switch error.kind {
      case .cancelled: return [.interrupted]
      case .disk: throw AgentError("an archive cannot be unpacked to \(output.root.path): \(error); make room there")
      case .system where !isLastAttempt: return [.postponed("an archive cannot be unpacked now: \(error)")]
      // libarchive tells of a read that failed within an entry as of damage: so it is read once more from the beginning.
      case .unreadable where !isSecond:
        return try unpacked(stamp, isLastAttempt: isLastAttempt, isSecond: true, work)
      default: return [try refuse(archive.path, [archive], "an archive that is not unpacked: \(error)")]
      }
    } catch let error as OutputError {
      throw AgentError("\(error)")
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(error)")
    }
  }

  private func process(
    _ source: ArchiveSource, _ isLastAttempt: Bool, _ gathersMore: Bool, inbox: @escaping @Sendable (String) -> String?
  ) throws(AgentError) -> [JourneyEnd] {
    let place = [source.unpacked]
    var ends: [JourneyEnd] = []
    let masks = SeriesSearch.objects(in: place)
    for (file, form) in masks { ends += try noteObject(file, form: form, source: source) }
    let found = SeriesSearch.series(in: place)
    ends += try travel(
      together: found, inbox: inbox, isLastAttempt: isLastAttempt, sources: [source], gathersMore: gathersMore
    ) { key, stamps in
      SettledSeries(of: stamps, in: source, key: key, aliases: aliases)
    }
    if found.isEmpty, masks.isEmpty {
      ends.append(try refuse(source.archive.path, [source.archive], "an archive without a DICOM series in it"))
    }
    return ends
  }

  private func refuse(_ path: String, _ inputs: [InputFile], _ reason: String) throws(AgentError) -> JourneyEnd {
    let error = JourneyError(.converted, .refused, reason, files: [(path, reason)])
    let folder = (path as NSString).deletingLastPathComponent
    return try refuse(error, Unprocessed(folder: folder, inputs: inputs, also: [reason], aliases), StageLog { _ in })
  }
}
