import Foundation
import GRDB

extension AuditDatabase {
  /// Compares tables, indexes, triggers and views with those that this Vigil makes of the same version: without a trigger what is sealed
  /// can be changed, and behind a view of another text may stand anything. Indexes and views of the site's own are no difference.
  static func checkSchema(in db: Database, _ report: inout VerificationReport) throws {
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let expected = try expectedSchema(version)
    let found = try schema(of: db)
    for (item, sql) in expected.sorted(by: { $0.key.name < $1.key.name }) {
      guard let there = found[item] else {
        report.differences.append(.changedSchema(what: "the \(item.type) \(item.name) is gone"))
        continue
      }
      if there != sql {
        report.differences.append(.changedSchema(what: "the \(item.type) \(item.name) has been changed"))
      }
    }
    for item in found.keys.sorted(by: { $0.name < $1.name }) where item.type == "trigger" && expected[item] == nil {
      report.differences.append(.changedSchema(what: "the trigger \(item.name) is none of Vigil's"))
    }
  }

  private struct SchemaItem: Hashable {
    let type: String
    let name: String
  }

  private static func expectedSchema(_ version: Int) throws -> [SchemaItem: String] {
    let queue = try DatabaseQueue()
    return try queue.write { db in
      for step in AuditSchema.current.steps.prefix(version) { try db.execute(sql: step) }
      return try schema(of: db)
    }
  }

  /// What each was made by, whatever lies between its words; what SQLite makes for itself is left out.
  private static func schema(of db: Database) throws -> [SchemaItem: String] {
    let rows = try Row.fetchAll(
      db,
      sql: "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'")
    return Dictionary(
      rows.map { row in
        let words = (row[2] as String).split { $0.isWhitespace }.joined(separator: " ")
        return (SchemaItem(type: row[0], name: row[1]), words)
      }, uniquingKeysWith: { first, _ in first })
  }
}
