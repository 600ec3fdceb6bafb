import Foundation

/// The stages of the journey with their times, and the files left out.
struct JourneySection {
  let content: ReportContent

  var markup: Markup {
    """
    <section aria-labelledby="journey-title">
    <h2 id="journey-title">Journey</h2>
    <div class="wide"><table class="journey">
    <caption>\(caption)</caption>
    <thead><tr><th scope="col">Stage</th><th scope="col">Started (UTC)</th><th scope="col">Took</th>\
    <th scope="col" class="span-column"><span class="sr-only">When, as a bar</span></th><th scope="col">What is known</th></tr></thead>
    <tbody>
    \(content.stages.map(row))</tbody>
    </table></div>
    </section>
    """
  }

  private var start: Date? { content.stages.map { $0.startedAt }.min() }

  private var length: Double {
    guard let start else { return 0 }
    return content.stages.map { $0.startedAt.timeIntervalSince(start) + ($0.seconds ?? 0) }.max() ?? 0
  }

  private var caption: String {
    guard let start else { return "No stage was recorded." }
    return "From \(Self.stamp(start)) UTC, \(Decimal.duration(length)) in all."
  }

  private func row(_ stage: ReportContent.Stage) -> Markup {
    let facts: [Markup] = stage.facts.map { "<div><dt>\($0.key)</dt><dd>\($0.text)</dd></div>" }
    let list: Markup = facts.isEmpty ? .nothing : "<dl>\(facts)</dl>"
    return """
      <tr><th scope="row">\(stage.name)</th><td>\(Self.stamp(stage.startedAt))</td>\
      <td>\(stage.seconds.map(Decimal.duration) ?? "did not end")</td><td class="span-column">\(bar(stage))</td><td>\(list)</td></tr>

      """
  }

  private func bar(_ stage: ReportContent.Stage) -> Markup {
    guard let start, length > 0 else { return .nothing }
    let offset = stage.startedAt.timeIntervalSince(start) / length * 100
    let width = max(1, (stage.seconds ?? 0) / length * 100)
    return """
      <svg class="span" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="ground" width="100" height="6"/>\
      <rect class="time" x="\(Decimal.text(min(offset, 99), places: 2))" width="\(Decimal.text(width, places: 2))" height="6"/></svg>
      """
  }

  /// Files that were left out; nothing when there are none.
  var skippedMarkup: Markup {
    guard !content.skipped.isEmpty else { return .nothing }
    let rows: [Markup] = content.skipped.map {
      "<tr><th scope=\"row\" class=\"path\">\($0.name)</th><td>\($0.reason)</td></tr>\n"
    }
    return """
      <section aria-labelledby="skipped-title">
      <h2 id="skipped-title">Files left out</h2>
      <div class="wide"><table>
      <caption>\(content.skipped.count) of the series' files took no part.</caption>
      <thead><tr><th scope="col">File</th><th scope="col">Why</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table></div>
      </section>
      """
  }

  /// `2026-11-23 06:35:17.250`, UTC.
  static func stamp(_ date: Date) -> String {
    let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    let style = Date.ISO8601FormatStyle(timeZone: .gmt)
      .year().month().day().dateSeparator(.dash).dateTimeSeparator(.space)
      .time(includingFractionalSeconds: true).timeSeparator(.colon)
    return style.format(Date(timeIntervalSince1970: Double(milliseconds) / 1000))
  }
}
