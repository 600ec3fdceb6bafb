internal import Audit
internal import Foundation
internal import Writers

extension RunCrate {
  /// The run as the database knows it; `record.json` stands beside it in the folder.
  init(_ details: RunDetails) {
    func rows(_ answer: Answer) -> [[String: Answer.Value]] {
      answer.rows.map { row in Dictionary(uniqueKeysWithValues: zip(answer.columns, row)) }
    }
    let run = rows(details.run).first ?? [:]
    func text(_ column: String) -> String { run[column]?.text ?? "" }
    func known(_ column: String) -> String? { text(column).isEmpty ? nil : text(column) }
    let files = rows(details.files)
    let folder = text("output_folder") + "/"
    let outputs = files.compactMap { file -> RunCrate.File? in
      guard file["role"]?.text == "output", let path = file["path"]?.text, path.hasPrefix(folder) else { return nil }
      let name = String(path.dropFirst(folder.count))
      // A report is made again when a mask comes late; an event then has its digest.
      return name == "report.html" ? RunCrate.File(name: name, bytes: nil, sha256: nil) : Self.file(file, name)
    }
    self.init(
      run: text("id"), series: text("series_uid"), rule: known("rule"), model: known("model_sha256"),
      outcome: text("outcome"), error: known("error"), startedAt: text("started_at"), finishedAt: text("finished_at"),
      software: text("software"), host: text("host"),
      inputs: files.filter { $0["role"]?.text == "input" }.map { Self.file($0, $0["path"]?.text ?? "") },
      outputs: outputs + [RunCrate.File(name: "record.json", bytes: nil, sha256: nil)])
  }

  private static func file(_ row: [String: Answer.Value], _ name: String) -> RunCrate.File {
    RunCrate.File(name: name, bytes: (row["bytes"]?.text).flatMap { Int64($0) }, sha256: row["sha256"]?.text)
  }
}
