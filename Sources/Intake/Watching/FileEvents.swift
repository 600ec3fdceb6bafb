/// The watcher's events, for one consumer. Ends when the watcher stops.
public struct FileEvents: AsyncSequence, Sendable {
  /// What the watcher noticed.
  public typealias Element = FileEvent
  /// Events never throw: a failure is an event.
  public typealias Failure = Never

  let mailbox: EventMailbox

  /// Begins to take events. Two iterators share them; use one.
  public func makeAsyncIterator() -> Iterator {
    Iterator(mailbox: mailbox, signal: mailbox.signal.makeAsyncIterator())
  }

  /// Takes events one by one.
  public struct Iterator: AsyncIteratorProtocol {
    /// What the watcher noticed.
    public typealias Element = FileEvent
    /// Events never throw.
    public typealias Failure = Never

    let mailbox: EventMailbox
    var signal: AsyncStream<Void>.Iterator
    var batch: ArraySlice<FileEvent> = []

    /// The next event, oldest first; `nil` after the watcher stopped or when the task is cancelled.
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> FileEvent? {
      while true {
        if let event = batch.popFirst() { return event }
        let ended = await signal.next(isolation: actor) == nil
        batch = mailbox.take()[...]
        if ended, batch.isEmpty { return nil }
      }
    }
  }
}
