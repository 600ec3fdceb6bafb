import Audit
import Digests
import Foundation
import GRDB
import Testing

struct OpeningTests {
  @Test func theFileIsItsOwnersAndInWALMode() throws {
    let fixture = try AuditFixture()
    try fixture.sealed("1")
    for name in ["audit.sqlite", "audit.sqlite-wal", "audit.sqlite-shm"] {
      var status = stat()
      #expect(stat(fixture.folder.appending(path: name).path, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
    }
    let reader = try DatabaseQueue(path: fixture.file.path)
    #expect(try reader.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
  }

  @Test func othersReadWhileTheAgentWrites() async throws {
    let fixture = try AuditFixture()
    try fixture.sealed("0")
    let writing = Task.detached { for i in 1...40 { try fixture.sealed("\(i)") } }
    var seen = 0
    var rounds = 0
    while seen < 41 {
      // A new connection each time, as the sqlite3 shell and `vigil audit` make.
      let reader = try AuditDatabase.openForReading(outputFolder: fixture.folder)
      let count = try reader.list().rows.count
      #expect(count >= seen)
      seen = count
      rounds += 1
      guard rounds < 10_000 else { break }
      // Both threads of a small machine's pool may be taken: without a pause the writer might never get one.
      try await Task.sleep(for: .milliseconds(1))
    }
    try await writing.value
    #expect(seen == 41)
    #expect(try fixture.audit.verifyChain().differences.isEmpty)
  }

  @Test func aDamagedFileIsRefusedAndLeftAsItIs() throws {
    let fixture = try AuditFixture()
    for i in 0..<50 { try fixture.sealed("\(i)") }
    let copy = fixture.folder.appending(path: "copy")
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    let file = copy.appending(path: AuditDatabase.fileName)
    try fixture.tamper("VACUUM INTO '\(file.path)'")
    var bytes = try Data(contentsOf: file)
    for i in 4096 * 3..<4096 * 6 { bytes[i] = UInt8(truncatingIfNeeded: i &* 31) }
    try bytes.write(to: file)
    let error = #expect(throws: AuditError.self) { try AuditDatabase.open(outputFolder: copy) }
    guard case .corrupt? = error else {
      Issue.record("expected corrupt, found \(String(describing: error))")
      return
    }
    #expect(error?.description.contains(".recover") == true)
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test(arguments: ["this is no database, whatever its name", String(repeating: "x", count: 10_000)])
  func aFileOfSomethingElseIsRefusedAndLeftAsItIs(text: String) throws {
    let fixture = try AuditFixture()
    let other = fixture.folder.appending(path: "other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    let file = other.appending(path: AuditDatabase.fileName)
    try Data(text.utf8).write(to: file)
    #expect(throws: AuditError.self) { try AuditDatabase.open(outputFolder: other) }
    #expect(try Data(contentsOf: file) == Data(text.utf8))
  }

  @Test func aForeignOrNewerDatabaseIsRefused() throws {
    let fixture = try AuditFixture()
    try fixture.sealed("1")
    try fixture.tamper("PRAGMA user_version = 99")
    let newer = AuditError.newerSchema(path: fixture.file.path, found: 99, known: AuditSchema.current.version)
    #expect(throws: newer) { try AuditDatabase.open(outputFolder: fixture.folder) }
    #expect(throws: newer) { try AuditDatabase.openForReading(outputFolder: fixture.folder) }
    try fixture.tamper("PRAGMA application_id = 1")
    #expect(throws: AuditError.notAnAuditDatabase(path: fixture.file.path)) {
      try AuditDatabase.open(outputFolder: fixture.folder)
    }
  }

  @Test func whatIsNotThereCannotBeRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-none-\(UUID().uuidString)")
    #expect(throws: AuditError.missing(path: folder.appending(path: "audit.sqlite").path)) {
      try AuditDatabase.openForReading(outputFolder: folder)
    }
    #expect(throws: AuditError.self) { try AuditDatabase.open(outputFolder: folder) }
  }

  @Test func twoAgentsCannotHaveOneOutputTree() throws {
    let fixture = try AuditFixture()
    var first: AgentLock? = try AgentLock(outputFolder: fixture.folder)
    let error = #expect(throws: AgentLockError.self) { try AgentLock(outputFolder: fixture.folder) }
    #expect(error?.description.contains("process \(getpid())") == true)
    #expect(error?.description.contains(fixture.folder.path) == true)
    _ = first
    first = nil
    _ = try AgentLock(outputFolder: fixture.folder)
  }

  @Test func migratesStepByStepAndKeepsWhatWasThere() throws {
    let fixture = try AuditFixture()
    try fixture.sealed("1")
    let passed = (1...AuditSchema.current.version).map { "SELECT 'never run on a file of version \($0)' FROM nowhere" }
    let steps = passed + ["CREATE TABLE extra (a INTEGER)", "INSERT INTO extra VALUES (7)"]
    let schema = AuditSchema(steps: steps)
    let migrated = try AuditDatabase.open(file: fixture.file, schema: schema)
    #expect(try migrated.ask(sql: "SELECT a FROM extra").rows == [[.integer(7)]])
    #expect(try migrated.list().rows.count == 1)
    let again = try AuditDatabase.open(file: fixture.file, schema: schema)
    #expect(try again.ask(sql: "SELECT a FROM extra").rows == [[.integer(7)]])
    let broken = AuditSchema(steps: steps + ["CREATE TABLE half (a); CREATE TABLE extra (a)"])
    #expect(throws: AuditError.self) { try AuditDatabase.open(file: fixture.file, schema: broken) }
    #expect(try again.ask(sql: "SELECT name FROM sqlite_schema WHERE name = 'half'").rows.isEmpty)
  }
}
