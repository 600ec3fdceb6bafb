public import Foundation
import GRDB

/// The record of everything the agent did: SQLite in WAL mode, every commit on disk before it counts (`synchronous = FULL`).
///
/// One agent writes (see ``AgentLock``); anybody may read meanwhile. Every method may block for a disk write. No patient
/// identifier belongs in here: callers give none.
public final class AuditDatabase: Sendable {
  /// The file's name in an output folder.
  public static let fileName = "audit.sqlite"

  /// The file.
  public let file: URL
  let pool: any DatabaseReader & DatabaseWriter
  let clock: @Sendable () -> Date

  /// Opens the database of an output folder for writing, and makes it if there is none (mode 0600). Refuses, changing
  /// nothing, a file that is damaged, foreign or of a later version. `clock` gives the time of day for what is recorded.
  public static func open(
    outputFolder: URL, clock: @escaping @Sendable () -> Date = { Date() }
  ) throws(AuditError) -> AuditDatabase {
    let file = outputFolder.appending(path: fileName)
    // The key of the aliases is made after the database: an empty file beside it is no new one.
    if PathAliases(readingFrom: outputFolder) != nil,
      (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) == 0
    {
      throw .corrupt(path: file.path, findings: ["it is empty, and an agent has worked here before"])
    }
    return try open(file: file, schema: .current, clock: clock)
  }

  package static func open(
    file: URL, schema: AuditSchema, clock: @escaping @Sendable () -> Date = { Date() }
  ) throws(AuditError) -> AuditDatabase {
    try makeFile(file)
    do {
      try examine(file, known: schema.version)
      let pool = try DatabasePool(path: file.path, configuration: configuration())
      // A pool sets NORMAL when it has opened, whatever was prepared: the last commits would go with the power.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      try schema.migrate(pool, path: file.path)
      return AuditDatabase(file: file, pool: pool, clock: clock)
    } catch {
      throw AuditError(error, path: file.path)
    }
  }

  /// Opens the database of an output folder for reading; a running agent is not disturbed.
  public static func openForReading(outputFolder: URL) throws(AuditError) -> AuditDatabase {
    let file = outputFolder.appending(path: fileName)
    guard FileManager.default.fileExists(atPath: file.path) else { throw .missing(path: file.path) }
    do {
      let queue = try queueForReading(file)
      let known = AuditSchema.current.version
      let found = try queue.read { try AuditSchema.check($0, path: file.path, known: known) }
      guard found > 0 else { throw AuditError.notAnAuditDatabase(path: file.path) }
      return AuditDatabase(file: file, pool: queue, clock: { Date() })
    } catch {
      throw AuditError(error, path: file.path)
    }
  }

  /// Where no file can be made, on a read-only disk or in an archive, and no log lies beside the database, it is complete and nobody
  /// writes it: then it is read without the log that readers otherwise share with a writer (`immutable`, sqlite.org/uri.html).
  private static func queueForReading(_ file: URL) throws -> DatabaseQueue {
    do {
      let queue = try DatabaseQueue(path: file.path, configuration: configuration(readOnly: true))
      try queue.read { _ = try Int.fetchOne($0, sql: "PRAGMA schema_version") }
      return queue
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      guard !FileManager.default.fileExists(atPath: file.path + "-wal") else { throw error }
      return try DatabaseQueue(
        path: URL(filePath: file.path).absoluteString + "?immutable=1", configuration: configuration(readOnly: true))
    }
  }

  private init(file: URL, pool: any DatabaseReader & DatabaseWriter, clock: @escaping @Sendable () -> Date) {
    self.file = file
    self.pool = pool
    self.clock = clock
  }

  private static func configuration(readOnly: Bool = false) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.busyMode = .timeout(10)
    configuration.foreignKeysEnabled = true
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON")
      if readOnly { try db.execute(sql: "PRAGMA query_only = ON") }
    }
    return configuration
  }

  /// Makes an empty file that only its owner may read, if there is none: SQLite gives its -wal and -shm the same mode.
  private static func makeFile(_ file: URL) throws(AuditError) {
    let descriptor = Foundation.open(file.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw .notWritable(path: file.path, reason: String(cString: strerror(errno)))
    }
    close(descriptor)
    let folder = Foundation.open(file.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }

  /// Looks at the file without changing it. Throws if it is damaged, foreign or of a later version.
  private static func examine(_ file: URL, known: Int) throws {
    do {
      try examine(file, known: known, configuration(readOnly: true))
    } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
      // A crash has left a journal that SQLite has to play back before anybody can read: its way to what was committed.
      try examine(file, known: known, configuration())
    }
  }

  private static func examine(_ file: URL, known: Int, _ configuration: Configuration) throws {
    let queue = try DatabaseQueue(path: file.path, configuration: configuration)
    try queue.read { db in
      _ = try AuditSchema.check(db, path: file.path, known: known)
      let findings = try String.fetchAll(db, sql: "PRAGMA quick_check(10)")
      guard findings == ["ok"] else { throw AuditError.corrupt(path: file.path, findings: findings) }
    }
  }

  /// Runs `body` in one transaction: all of it is recorded, or nothing.
  func write<T>(_ body: (Database) throws -> T) throws(AuditError) -> T {
    do { return try pool.write(body) } catch { throw AuditError(error, path: file.path) }
  }

  /// Runs `body` on one unchanging state of the database.
  func read<T>(_ body: (Database) throws -> T) throws(AuditError) -> T {
    do { return try pool.read(body) } catch { throw AuditError(error, path: file.path) }
  }

  var now: String { UTCTime(clock()).text }
}
