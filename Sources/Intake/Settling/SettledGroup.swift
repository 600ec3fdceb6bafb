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
    /// The caller's own evidence, in its words.
    case whole(String)
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

  /// What stands for it until its turn comes.
  public var ticket: SettledTicket {
    SettledTicket(
      key: key, fileCount: files.count, firstSeen: firstSeen, settledAt: settledAt, generation: generation,
      evidence: evidence)
  }

  init(_ ticket: SettledTicket, files: [FileStamp]) {
    self.init(
      key: ticket.key, files: files, firstSeen: ticket.firstSeen, settledAt: ticket.settledAt,
      generation: ticket.generation, evidence: ticket.evidence)
  }

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

/// A settled group that waits for its turn, without its files: those are known to ``Settling`` already, and ten thousand groups
/// that wait are not to hold a second list of them. ``Settling/redeem(_:at:)`` gives the group back.
public struct SettledTicket: Sendable, Hashable {
  /// The group.
  public let key: GroupKey
  /// How many files it had.
  public let fileCount: Int
  /// As ``SettledGroup/firstSeen``.
  public let firstSeen: Duration
  /// As ``SettledGroup/settledAt``.
  public let settledAt: Duration
  /// As ``SettledGroup/generation``.
  public let generation: Int
  /// As ``SettledGroup/evidence``.
  public let evidence: SettledGroup.Evidence
}
