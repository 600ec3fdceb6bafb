internal import Audit
internal import Foundation

extension DoctorCheck {
  /// The record's times are this machine's: a clock that was set back makes later runs look older than earlier ones.
  func clock(_ output: URL, now: Date = Date()) -> Doctor.Finding {
    let time = now.formatted(Date.ISO8601FormatStyle())
    guard let newest = Self.newest(output), newest > now else { return well("\(time) by this machine") }
    return lack(
      "\(time) by this machine, before the newest entry on record (\(newest.formatted(Date.ISO8601FormatStyle()))): set the clock"
    )
  }

  /// When the last event was recorded.
  private static func newest(_ output: URL) -> Date? {
    let answer = try? AuditDatabase.openForReading(outputFolder: output).ask(sql: "SELECT max(at) FROM events")
    guard let text = answer?.rows.first?.first?.text else { return nil }
    return try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)
  }
}
