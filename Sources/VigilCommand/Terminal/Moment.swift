import ArgumentParser
package import Foundation

/// A moment that a person names: a day, a day with a time (UTC), or a while ago.
package struct Moment: ExpressibleByArgument, Equatable {
  /// The first instant that it names.
  package let start: Date
  /// Where what it names ends: a day's midnight, else the moment itself.
  package let end: Date

  package init?(argument: String) { self.init(argument, now: Date()) }

  /// `now`: what "7d" counts back from.
  package init?(_ text: String, now: Date) {
    if let ago = Self.ago(text, now) {
      (start, end) = (ago, ago)
      return
    }
    guard Self.isOnACalendar(text) else { return nil }
    let day = try? Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().parse(text)
    if let day, text.count == 10 {
      (start, end) = (day, day.addingTimeInterval(86400))
      return
    }
    let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
    guard let moment = (try? Date.ISO8601FormatStyle(timeZone: .gmt).parse(text)) ?? (try? withFraction.parse(text))
    else { return nil }
    (start, end) = (moment, moment)
  }

  /// Whether day and time of day exist: Foundation reads the 30th of February as the 2nd of March, and 25 o'clock as one.
  private static func isOnACalendar(_ text: String) -> Bool {
    let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
    guard let day = try? style.parse(String(text.prefix(10))), style.format(day) == text.prefix(10) else {
      return false
    }
    let parts = text.dropFirst(11).prefix(8).split(separator: ":").map { Int($0) ?? .max }
    return zip(parts, [24, 60, 60]).allSatisfy { $0 < $1 }
  }

  private static func ago(_ text: String, _ now: Date) -> Date? {
    let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86400, "w": 7 * 86400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), count >= 0, count < 1e6
    else { return nil }
    return now.addingTimeInterval(-count * unit)
  }
}
