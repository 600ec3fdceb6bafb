import GRDB

/// The versions of the database's schema, each the SQL that leads to it from the one before.
package struct AuditSchema: Sendable {
  /// The SQL of version 1, of version 2, and so on.
  let steps: [String]

  package init(steps: [String]) { self.steps = steps }

  /// What this Vigil writes.
  package static let current = AuditSchema(steps: [
    String(decoding: PackageResources.v1_runs_sql, as: UTF8.self),
    String(decoding: PackageResources.v2_intake_sql, as: UTF8.self),
    String(decoding: PackageResources.v3_reviews_sql, as: UTF8.self),
    String(decoding: PackageResources.v4_trust_sql, as: UTF8.self),
  ])

  /// The version after every step.
  package var version: Int { steps.count }

  /// "VIGL": SQLite's `application_id` of the file.
  static let applicationID: Int32 = 0x5649_474C

  /// What the file says it is. A file without any table says nothing.
  static func check(_ db: Database, path: String, known: Int) throws -> Int {
    let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    if tables == 0, application == 0, version == 0 { return 0 }
    guard application == applicationID else { throw AuditError.notAnAuditDatabase(path: path) }
    guard version <= known else { throw AuditError.newerSchema(path: path, found: version, known: known) }
    return version
  }

  /// Takes the database from its version to the last, each step in one transaction with the number that it leads to.
  func migrate(_ pool: DatabasePool, path: String) throws {
    let found = try pool.read { try Self.check($0, path: path, known: version) }
    for next in found..<version {
      try pool.write { db in
        try db.execute(sql: steps[next])
        try db.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(next + 1)")
      }
    }
  }
}
