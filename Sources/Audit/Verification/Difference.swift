/// Something that is not as it was recorded.
public enum Difference: Sendable, Hashable, CustomStringConvertible {
  /// An event's digest does not fit its contents, or it does not follow the one before it.
  case brokenChain(event: Int64, what: String)
  /// A sealed run's row, stages or files are not what its `run-sealed` event says.
  case changedRecord(run: RunID, what: String)
  /// A file's bytes are others than when it was recorded.
  case changedFile(run: RunID, role: FileEntry.Role, path: String)
  /// A file that should be there is not.
  case missingFile(run: RunID, role: FileEntry.Role, path: String)
  /// A file cannot be read.
  case unreadableFile(run: RunID, role: FileEntry.Role, path: String, reason: String)
  /// A file or folder lies among the outputs and no run tells of it.
  case stranger(path: String)
  /// A table, index, trigger or view of the database is not as this Vigil makes it.
  case changedSchema(what: String)
  /// A head that was noted elsewhere is no event of the chain.
  case lostHead(NotedHead)

  /// What differs, and where.
  public var description: String {
    switch self {
    case .brokenChain(let event, let what): "event \(event): \(what)"
    case .changedRecord(let run, let what): "run \(run): \(what)"
    case .changedFile(let run, let role, let path): "run \(run): \(role.rawValue) \(path): its bytes have changed"
    case .missingFile(let run, let role, let path): "run \(run): \(role.rawValue) \(path): missing"
    case .unreadableFile(let run, let role, let path, let reason):
      "run \(run): \(role.rawValue) \(path): cannot be read: \(reason)"
    case .stranger(let path): "\(path): no run tells of it"
    case .changedSchema(let what): "the database: \(what)"
    case .lostHead(let head):
      "head \(head): no event of the chain has this digest; since it was noted the chain was cut off or made again"
    }
  }
}

/// What was compared with the record, and what differs.
public struct VerificationReport: Sendable, Hashable {
  /// Events whose digests were computed again.
  public var events = 0
  /// Sealed runs whose records were digested again.
  public var runs = 0
  /// Files that were read and digested again.
  public var files = 0
  /// Inputs, masks and rules that are no longer there, which is no fault: an inbox is emptied, a rule is edited.
  public var gone = 0
  /// Everything that differs.
  public var differences: [Difference] = []

  /// Nothing compared yet.
  public init() {}
}
