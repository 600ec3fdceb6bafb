import CArchive
import Foundation

/// Reads zip and tar archives (tar also through gzip) with libarchive, entry after entry; other formats are not even tried.
struct ArchiveReader: ~Copyable {
  private let archive: OpaquePointer

  /// Bytes that libarchive reads at a time.
  private static let block = 1 << 16

  init(_ file: URL) throws(ArchiveError) {
    guard let archive = archive_read_new() else { throw ArchiveError(.system, "no memory for reading an archive") }
    archive_read_support_filter_none(archive)
    archive_read_support_filter_gzip(archive)
    archive_read_support_format_zip(archive)
    archive_read_support_format_tar(archive)
    archive_read_support_format_gnutar(archive)
    guard archive_read_open_filename(archive, file.path, Self.block) == ARCHIVE_OK else {
      let error = Self.failure(of: archive, "it cannot be read as a zip or tar archive")
      archive_read_free(archive)
      throw error
    }
    self.archive = archive
  }

  deinit { archive_read_free(archive) }

  /// One entry: its name, what it is, and how large it says it is.
  struct Entry {
    let name: String
    let kind: Kind
    /// Bytes as declared; nil where the archive does not say.
    let size: Int64?
  }

  enum Kind {
    case file, folder, link, other
  }

  /// The next entry; nil at the end.
  mutating func next() throws(ArchiveError) -> Entry? {
    var entry: OpaquePointer?
    let code = archive_read_next_header(archive, &entry)
    if code == ARCHIVE_EOF { return nil }
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else {
      throw Self.failure(of: archive, "it is damaged")
    }
    guard archive_entry_is_data_encrypted(entry) == 0, archive_entry_is_metadata_encrypted(entry) == 0 else {
      throw ArchiveError(.unreadable, "it is encrypted")
    }
    return Entry(
      name: Self.name(of: entry), kind: Self.kind(of: entry),
      size: archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : nil)
  }

  /// Reads on in the entry's bytes, expanded; 0 at its end.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
    guard count >= 0 else { throw Self.failure(of: archive, "it is damaged") }
    return count
  }

  private static func name(of entry: OpaquePointer) -> String {
    if let name = archive_entry_pathname_utf8(entry) { return String(cString: name) }
    return archive_entry_pathname(entry).map { String(cString: $0) } ?? ""
  }

  private static func kind(of entry: OpaquePointer) -> Kind {
    if archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil { return .link }
    // AE_IFREG, AE_IFDIR and AE_IFLNK of archive_entry.h, which are casts that Swift does not import.
    switch archive_entry_filetype(entry) & 0o170000 {
    case 0o100000, 0: return .file
    case 0o040000: return .folder
    case 0o120000: return .link
    default: return .other
    }
  }

  /// What libarchive says where it, not the system, has found something wrong: no number, of its own (-1), ARCHIVE_ERRNO_FILE_FORMAT
  /// and ARCHIVE_ERRNO_PROGRAMMER.
  private static let ownCodes: Set<Int32> = [0, -1, EILSEQ, EINVAL]

  /// The error with libarchive's own words, which name no entry's path by themselves. Where the system refused to read the file, another
  /// time it may not.
  private static func failure(of archive: OpaquePointer, _ what: String) -> ArchiveError {
    let words = archive_error_string(archive).map { String(cString: $0) } ?? ""
    if !ownCodes.contains(archive_errno(archive)) {
      return ArchiveError(.system, "it cannot be read: \(words.prefix(120))")
    }
    return ArchiveError(.unreadable, words.isEmpty ? what : "\(what): \(words.prefix(120))")
  }
}
