/// What an archive may take; each is checked before anything is written.
public struct ArchiveLimits: Sendable, Hashable {
  /// The most entries, folders included.
  public var entries: Int
  /// The most bytes that all entries together expand to.
  public var expandedBytes: Int64
  /// The most that it may expand to, as a multiple of its own size. Deflate cannot reach more than 1032; scans reach 10.
  public var ratio: Int64
  /// Below this many bytes the ratio does not matter.
  public var harmlessBytes: Int64
  /// The most folders above a file.
  public var depth: Int

  /// Limits of one's own.
  public init(
    entries: Int = 200_000, expandedBytes: Int64 = 64 << 30, ratio: Int64 = 200, harmlessBytes: Int64 = 64 << 20,
    depth: Int = 32
  ) {
    self.entries = entries
    self.expandedBytes = expandedBytes
    self.ratio = ratio
    self.harmlessBytes = harmlessBytes
    self.depth = depth
  }

  /// Two hundred thousand entries, 64 GiB, two hundred times its size: no study of a hospital has more.
  public static let standard = ArchiveLimits()
}

/// An archive that is not unpacked, and why. Says nothing of names in it, which may be patients'.
public struct ArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What sort of trouble it is.
  public enum Kind: Sendable, Hashable {
    /// Damaged, encrypted, or no archive at all.
    case unreadable
    /// More than the limits allow.
    case tooLarge
    /// An entry that could write outside of the folder, or is no file.
    case hostile
    /// The system could not do it; another time it may.
    case system
    /// The disk that it is unpacked to is full, broken or read-only.
    case disk
    /// The caller asked to stop.
    case cancelled
  }

  /// The sort of trouble.
  public let kind: Kind
  /// What was expected, what was found.
  public let reason: String

  /// The reason.
  public var description: String { reason }

  init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
