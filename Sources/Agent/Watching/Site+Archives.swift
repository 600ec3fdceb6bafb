internal import Archives
internal import Audit
internal import Digests
internal import Foundation
internal import Intake
internal import Writers

extension Site {
  /// Unpacks an archive into a private folder and takes every series in it on its way. An archive comes whole, so nothing in it
  /// is held for more. One that cannot be unpacked, or holds no series, is refused.
  func unpack(
    _ stamp: FileStamp, isLastAttempt: Bool = true, inbox: @escaping @Sendable (String) -> String?
  ) throws(AgentError) -> [JourneyEnd] {
    let file = URL(filePath: stamp.path)
    guard let digest = try? SHA256Digest(ofFile: file), [stamp].changedSince().isEmpty else {
      return [.changed([stamp.path])]
    }
    let archive = InputFile(path: stamp.path, bytes: stamp.size, sha256: digest)
    do {
      let work = try WorkFolder(in: output.root, purpose: String(digest.description.prefix(16)))
      _ = try Unpacking.unpack(file, to: work.url, isCancelled: isCancelled)
      guard [stamp].changedSince().isEmpty else { return [.changed([stamp.path])] }
      return try process(ArchiveSource(archive: archive, unpacked: work.url), isLastAttempt) { _ in inbox(stamp.path) }
    } catch let error as ArchiveError {
      switch error.kind {
      case .cancelled: return [.interrupted]
      case .disk: throw AgentError("an archive cannot be unpacked to \(output.root.path): \(error); make room there")
      case .system where !isLastAttempt: return [.postponed("an archive cannot be unpacked now: \(error)")]
      default: return try refuse(archive, "an archive that is not unpacked: \(error)")
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
    _ source: ArchiveSource, _ isLastAttempt: Bool, inbox: @escaping @Sendable (String) -> String?
  ) throws(AgentError) -> [JourneyEnd] {
    let place = [source.unpacked]
    var ends: [JourneyEnd] = []
    let masks = SeriesSearch.objects(in: place)
    for (file, form) in masks { ends += try noteObject(file, form: form, source: source) }
    let found = SeriesSearch.series(in: place)
    ends += try travel(together: found, inbox: inbox, isLastAttempt: isLastAttempt, source: source) { key, stamps in
      SettledSeries(of: stamps, in: source, key: key, aliases: aliases)
    }
    if found.isEmpty, masks.isEmpty { ends += try refuse(source.archive, "an archive without a DICOM series in it") }
    return ends
  }

  private func refuse(_ archive: InputFile, _ reason: String) throws(AgentError) -> [JourneyEnd] {
    let error = JourneyError(.converted, .refused, reason, files: [(archive.path, reason)])
    let folder = (archive.path as NSString).deletingLastPathComponent
    let subject = Unprocessed(folder: folder, inputs: [archive], also: [reason], aliases)
    return [try refuse(error, subject, StageLog { _ in })]
  }
}
