public import Audit
internal import DICOM
public import Foundation

/// Where the files lie that the record names by aliases: found by walking the inboxes that were watched.
public struct InboxPlaces: Sendable {
  /// The absolute path of each file below the inboxes, by its alias.
  public let paths: [String: String]

  /// Walks the inboxes on record, and those given.
  public init(of database: AuditDatabase, output: URL, also more: [URL]) throws(AuditError) {
    guard let aliases = PathAliases(readingFrom: output) else {
      paths = [:]
      return
    }
    let inboxes = try database.inboxes().map { URL(filePath: $0, directoryHint: .isDirectory) } + more
    let files = Set(inboxes.flatMap { SeriesSearch.files(at: $0.resolvingSymlinksInPath()) })
    paths = Dictionary(files.map { (aliases.alias(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
  }
}
