internal import Audit
internal import Digests

/// A file that somebody dropped: where it is, for those who are told where to look, and what it is called on record.
struct InputFile: Sendable {
  /// The absolute path. It may carry a patient's name: not for the database, a log or a record.
  let path: String
  let bytes: Int64
  let sha256: SHA256Digest

  /// As the database lists it.
  func entry(as role: FileEntry.Role = .input, _ aliases: PathAliases) -> FileEntry {
    FileEntry(role: role, path: aliases.alias(of: path), bytes: bytes, sha256: sha256)
  }
}
