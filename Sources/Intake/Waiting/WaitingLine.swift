/// What waits to be worked on: the highest priority first, then the longest waiting; one entry per group. Times are handed in,
/// as in ``Settling``.
public struct WaitingLine<Item: Sendable>: Sendable {
  /// One entry.
  public struct Entry: Sendable {
    /// Whose work it is.
    public let key: GroupKey
    /// The work.
    public var item: Item
    /// Higher goes first.
    public var priority: Int
    /// How often it has been tried.
    public var attempts: Int
    /// It is left alone before this.
    public var notBefore: Duration
    /// The place in the line among equal priorities.
    let number: Int
  }

  private var entries: [GroupKey: Entry] = [:]
  private var last = 0

  /// Nothing waits.
  public init() {}

  /// How many wait.
  public var count: Int { entries.count }

  /// Whether something waits of which that is so.
  public func contains(where predicate: (Item) -> Bool) -> Bool { entries.values.contains { predicate($0.item) } }

  /// Puts work into the line. Work of the same group that is waiting already gives it its place and is dropped.
  public mutating func put(_ item: Item, for key: GroupKey, priority: Int) {
    last += 1
    let number = entries[key]?.number ?? last
    entries[key] = Entry(key: key, item: item, priority: priority, attempts: 0, notBefore: .zero, number: number)
  }

  /// Puts back what was taken and failed for a cause that can pass. It waits as `pauses` says for the number of attempts made,
  /// at the end of the line, so that it holds nobody up. Returns false, and drops it, when all attempts are used up; and true
  /// without doing anything if newer work of the group has come meanwhile.
  public mutating func retry(_ entry: Entry, pauses: RetryPauses, at now: Duration) -> Bool {
    guard entries[entry.key] == nil else { return true }
    guard let pause = pauses.pause(after: entry.attempts + 1) else { return false }
    last += 1
    entries[entry.key] = Entry(
      key: entry.key, item: entry.item, priority: entry.priority, attempts: entry.attempts + 1, notBefore: now + pause,
      number: last)
    return true
  }

  /// Takes what is next out of the line; `nil` if nothing may be worked on at `now`.
  public mutating func next(at now: Duration) -> Entry? {
    let next = entries.values.filter { $0.notBefore <= now }
      .min { ($1.priority, $0.number) < ($0.priority, $1.number) }
    if let next { entries[next.key] = nil }
    return next
  }

  /// Takes the group's work out of the line, for instance because its files are gone.
  @discardableResult
  public mutating func remove(_ key: GroupKey) -> Entry? { entries.removeValue(forKey: key) }

  /// When something may next be worked on; `nil` if nothing waits.
  public var nextDue: Duration? { entries.values.map { $0.notBefore }.min() }
}

/// How long to wait before each further attempt: each pause is twice the one before.
public struct RetryPauses: Sendable, Hashable {
  /// The pause after the first attempt.
  public var first: Duration
  /// No pause is longer.
  public var longest: Duration
  /// After so many attempts nothing more is tried.
  public var attempts: Int

  /// By default half a minute, doubling to at most an hour; eight attempts, some two hours in all.
  public init(first: Duration = .seconds(30), longest: Duration = .seconds(3600), attempts: Int = 8) {
    self.first = first
    self.longest = longest
    self.attempts = attempts
  }

  /// The pause after `made` attempts (1, 2, ...); `nil` if there is to be no further one.
  public func pause(after made: Int) -> Duration? {
    guard made < attempts else { return nil }
    return min(first * (1 << min(max(made - 1, 0), 30)), longest)
  }
}
