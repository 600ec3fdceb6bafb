internal import Archives
internal import Audit
internal import Digests
internal import Foundation
internal import Intake

/// The files that a run was made of, found again, each with the digest on record.
struct RecordedInputs {
  private(set) var files: [FileStamp] = []
  /// The archives that they came in.
  private(set) var sources: [ArchiveSource] = []
  /// What is gone or has changed.
  private(set) var problems: [String] = []

  /// `places`: where the aliases of the inboxes' files are. Archives among the inputs are unpacked below `folder`.
  init(
    _ recorded: RecordedRun, places: [String: String], aliases: PathAliases?, unpackingTo folder: URL
  ) throws {
    var places = places
    let archives = Set(recorded.inputs.keys.compactMap { places[$0] }).filter { path in
      ArchiveName.holds(for: (path as NSString).lastPathComponent)
    }
    for (number, archive) in archives.sorted().enumerated() {
      guard let aliases else { break }
      try unpack(archive, recorded, aliases, to: folder.appending(path: "\(number)"), &places)
    }
    for (alias, digest) in recorded.inputs.sorted(by: { $0.key < $1.key })
    where !(places[alias].map { archives.contains($0) } ?? false) {
      guard let path = places[alias], let stamp = try FileStamp.current(path) else {
        problems.append("input \(alias) is gone")
        continue
      }
      if try SHA256Digest(ofFile: URL(filePath: path)).description == digest {
        files.append(stamp)
      } else {
        problems.append("input \(alias) has changed")
      }
    }
  }

  private mutating func unpack(
    _ archive: String, _ recorded: RecordedRun, _ aliases: PathAliases, to folder: URL, _ places: inout [String: String]
  ) throws {
    let (file, alias) = (URL(filePath: archive), aliases.alias(of: archive))
    let digest = try SHA256Digest(ofFile: file)
    guard digest.description == recorded.inputs[alias] else {
      problems.append("the archive \(alias) has changed")
      return
    }
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    _ = try Unpacking.unpack(file, to: folder)
    let size = try FileStamp.current(archive)?.size ?? 0
    let found = ArchiveSource(archive: InputFile(path: archive, bytes: size, sha256: digest), unpacked: folder)
    for path in SeriesSearch.files(at: folder) { places[aliases.alias(of: found.place(of: path) ?? path)] = path }
    sources.append(found)
  }
}
