import Agent
import ArgumentParser
import Audit
import Foundation

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Ask the record.",
    subcommands: [
      List.self, Show.self, Locate.self, Scores.self, Trend.self, Export.self, ReviewCommand.self, Verify.self,
      Head.self, Reproduce.self, SQL.self,
    ])

  struct Locate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Where the files of a run are.",
      discussion: """
        The record names files of an inbox by keyed digests of their paths, because folders are named after patients. This \
        looks for them in the inboxes that were watched and in those given, and prints paths: mind who reads along.
        """)
    @Argument(help: "The run's id, or the beginning of it.") var id: String
    @OptionGroup var output: OutputOption
    @OptionGroup var inboxes: InboxesOption

    mutating func run() throws {
      try orExit(.unavailable) {
        let database = try AuditDatabase.openForReading(outputFolder: output.folder)
        guard let details = try database.details(ofRun: id) else {
          Printing.aside("vigil: there is no run \(id), or several begin so")
          throw ExitCode.scanFailed
        }
        let places = try InboxPlaces(of: database, output: output.folder, also: inboxes.folders)
        for row in details.files.rows where PathAliases.isAlias(row[1].text) {
          Printing.answer("\(row[0].text) \(row[1].text) \(places.paths[row[1].text] ?? "not found")")
        }
      }
    }
  }

  struct SQL: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sql", abstract: "Ask in SQL; nothing can be changed that way.")
    @Argument(help: "One SELECT, WITH or EXPLAIN statement over the views of docs/audit.md.") var statement: String
    @OptionGroup var output: OutputOption
    @OptionGroup var format: FormatFlags

    mutating func run() throws {
      let statement = statement
      try AuditCommand.answer(output, format) { database in
        do { return try database.ask(sql: statement) } catch AuditError.notAQuestion(let sql, let reason) {
          throw ValidationError("\(AuditError.notAQuestion(sql: sql, reason: reason))")
        }
      }
    }
  }

  /// `columns`: those that a terminal's table shows; JSON and CSV have all.
  static func answer(
    _ output: OutputOption, _ format: FormatFlags, columns: [String]? = nil,
    _ question: (AuditDatabase) throws -> Answer
  ) throws {
    try orExit(.unavailable) {
      let database = try AuditDatabase.openForReading(outputFolder: output.folder)
      let result = try question(database)
      if format.json { return Printing.answer(AnswerFormat.json.render(result)) }
      if format.csv { return Printing.answer(AnswerFormat.csv.render(result)) }
      Printing.answer(AnswerFormat.table.render(columns.map { result.only($0) } ?? result))
    }
  }
}

extension Answer {
  /// This answer with some of its columns, in the order given.
  fileprivate func only(_ names: [String]) -> Answer {
    let places = names.compactMap { columns.firstIndex(of: $0) }
    return Answer(columns: places.map { columns[$0] }, rows: rows.map { row in places.map { row[$0] } })
  }
}
