internal import Audit
internal import Foundation

extension DoctorCheck {
  /// Whether the database opens. Its contents are for `vigil audit verify`.
  func record(_ output: URL) -> Doctor.Finding {
    let file = output.appending(path: AuditDatabase.fileName)
    guard FileManager.default.fileExists(atPath: file.path) else {
      return well("none yet; the agent makes \(file.path) at its first start")
    }
    do {
      let runs = try AuditDatabase.openForReading(outputFolder: output).ask(sql: "SELECT count(*) FROM runs")
      return well("\(file.path), \(runs.rows.first?.first?.text ?? "0") runs (`vigil audit verify` looks closer)")
    } catch {
      return lack("\(error)")
    }
  }
}
