import ArgumentParser
import Audit
import Foundation

extension AuditCommand {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Everything known of one run, as a page of a lab book.")
    @Argument(help: "The run's id, or the beginning of it.") var id: String
    @OptionGroup var output: OutputOption
    @OptionGroup var format: FormatFlags

    mutating func run() throws {
      try orExit(.unavailable) {
        let database = try AuditDatabase.openForReading(outputFolder: output.folder)
        guard let details = try database.details(ofRun: id) else {
          Printing.aside("vigil: there is no run \(id), or several begin so")
          throw ExitCode.scanFailed
        }
        if format.json { return Printing.answer(details.json) }
        guard format.csv else { return Printing.answer(LabBook(details).text) }
        for part in details.parts where !part.answer.rows.isEmpty {
          Printing.answer("\n\(part.name)\n\(AnswerFormat.csv.render(part.answer))")
        }
      }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the record as CSV.",
      discussion:
        "To a file: one table, a row a segmented run, label and mask. To a folder: a file for each view of docs/audit.md."
    )
    @Option(name: .long, help: ArgumentHelp("A file that ends in .csv, or a folder.", valueName: "file or dir"))
    var csv: String
    @OptionGroup var output: OutputOption

    mutating func run() throws {
      let target = URL(filePath: csv).absoluteURL
      try orExit(.unavailable) {
        let database = try AuditDatabase.openForReading(outputFolder: output.folder)
        guard target.pathExtension.lowercased() != "csv" else {
          return try Self.write(try database.exportResults(), to: target)
        }
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for view in ExportedView.allCases {
          try Self.write(try database.export(view), to: target.appending(path: "\(view.rawValue).csv"))
        }
      }
    }

    /// Whole or not at all, for its owner alone: the record is not for everybody on the machine.
    private static func write(_ answer: Answer, to file: URL) throws {
      try Data(AnswerFormat.csv.render(answer).utf8).write(to: file, options: .atomic)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
      Printing.aside("\(answer.rows.count) rows in \(file.path)")
    }
  }
}
