/// What belongs together, in the caller's words (the agent uses the SeriesInstanceUID). Opaque here.
public struct GroupKey: Sendable, Hashable, CustomStringConvertible {
  /// The caller's text.
  public let text: String

  /// A key with the caller's text.
  public init(_ text: String) { self.text = text }

  /// The text.
  public var description: String { text }
}

/// A group of files that nobody has changed for the quiet time, or that the site has declared complete.
/// Only ``Settling`` makes one.
public struct SettledGroup: Sendable, Hashable {
  /// How it is known that the group is whole.
  public enum Evidence: Sendable, Hashable {
    /// Nothing of it changed for this long, and every file was looked at again after that.
    case quiet(Duration)
    /// This folder, in which all of it lies, carries the marker ``WaitingNames/completionMarker``.
    case marker(folder: String)
  }

  /// The group.
  public let key: GroupKey
  /// Its files, sorted by path.
  public let files: [FileStamp]
  /// When its first file was noticed, on the caller's monotonic scale.
  public let firstSeen: Duration
  /// When it settled, on the same scale.
  public let settledAt: Duration
  /// 1 the first time it settles, then one more each time it settles again with new or changed files.
  public let generation: Int
  /// How it is known that the group is whole.
  public let evidence: Evidence

  /// The sum of the files' sizes, bytes.
  public var bytes: Int64 { files.reduce(0) { $0 + $1.size } }

  init(
    key: GroupKey, files: [FileStamp], firstSeen: Duration, settledAt: Duration, generation: Int, evidence: Evidence
  ) {
    self.key = key
    self.files = files
    self.firstSeen = firstSeen
    self.settledAt = settledAt
    self.generation = generation
    self.evidence = evidence
  }
}
