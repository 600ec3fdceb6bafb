public import Digests
import GRDB

/// The last event of the chain at some moment, to be noted where who can write the database cannot: the chain has no key, and all
/// that follows on a noted head can be made again, but nothing before it.
public struct ChainHead: Sendable, Hashable, CustomStringConvertible {
  /// The event's number.
  public let event: Int64
  /// When it was appended, as it is on record.
  public let at: String
  /// Its digest, which covers every event up to it.
  public let sha256: SHA256Digest

  /// The line that is noted: the digest first.
  public var description: String { "\(sha256) event \(event) of \(at)" }
}

/// A head that somebody noted.
public struct NotedHead: Sendable, Hashable, CustomStringConvertible {
  /// Its digest.
  let sha256: SHA256Digest

  /// Reads a digest, or the line that begins with it; nil where there are no 64 hexadecimal digits.
  public init?(_ text: String) {
    let digest = text.split(separator: " ").first.flatMap { SHA256Digest(hexadecimal: $0.lowercased()) }
    guard let digest else { return nil }
    sha256 = digest
  }

  /// The digest.
  public var description: String { sha256.description }
}

extension AuditDatabase {
  /// The last event; nil where there is none.
  public func head() throws(AuditError) -> ChainHead? {
    try read { db in
      guard let row = try Row.fetchOne(db, sql: "SELECT id, at, sha256 FROM event ORDER BY id DESC LIMIT 1"),
        let digest = SHA256Digest(hexadecimal: row[2])
      else { return nil }
      return ChainHead(event: row[0], at: row[1], sha256: digest)
    }
  }
}
