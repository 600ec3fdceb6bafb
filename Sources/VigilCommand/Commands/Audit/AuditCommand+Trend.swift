import ArgumentParser
import Audit
import Foundation
import Writers

extension AuditCommand {
  struct Trend: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Dice and volumes over time, per rule and label: a plot for the terminal, or a PNG.")
    @OptionGroup var output: OutputOption
    @OptionGroup var format: FormatFlags
    @OptionGroup var filter: AuditFilter
    @Option(name: .long, help: "At most this many runs, the newest.") var limit = 200
    @Option(name: .long, help: ArgumentHelp("Write the plot here instead.", valueName: "file")) var png: String?

    mutating func run() throws {
      let wanted = try filter.runs(limit: limit)
      if format.json || format.csv { return try AuditCommand.answer(output, format) { try $0.trend(wanted) } }
      try orExit(.unavailable) {
        let database = try AuditDatabase.openForReading(outputFolder: output.folder)
        let trend = TrendSeries(try database.trend(wanted))
        guard !trend.runs.isEmpty else { return Printing.answer("no segmented runs") }
        if let png {
          let chart = TrendChart(title: trend.title, runs: trend.runs.map { $0.day }, series: trend.series)
          guard let bytes = chart.png else { throw CocoaError(.fileWriteUnknown) }
          return try Data(bytes).write(to: URL(filePath: png), options: .atomic)
        }
        Printing.answer(trend.text)
      }
    }
  }
}

/// The rows of a trend as curves over the runs, oldest first.
private struct TrendSeries {
  let runs: [(id: String, day: String)]
  let series: [TrendChart.Series]

  init(_ answer: Answer) {
    let rows = answer.rows.map { row in Dictionary(uniqueKeysWithValues: zip(answer.columns, row)) }
    var places: [String: Int] = [:]
    var runs: [(id: String, day: String)] = []
    for row in rows {
      let id = row["run_id"]?.text ?? ""
      if places[id] == nil {
        places[id] = runs.count
        runs.append((id, String((row["started_at"]?.text ?? "").prefix(10))))
      }
    }
    let isOneRule = Set(rows.map { $0["rule"]?.text ?? "" }).count <= 1
    let names = rows.map { row in (isOneRule ? "" : (row["rule"]?.text ?? "") + " ") + (row["label_name"]?.text ?? "") }
    var order: [String] = []
    for name in names where !order.contains(name) { order.append(name) }
    let count = runs.count
    series = order.map { name in
      func curve(_ column: String) -> [Double?] {
        var values = [Double?](repeating: nil, count: count)
        for (row, owner) in zip(rows, names) where owner == name {
          if let place = places[row["run_id"]?.text ?? ""] { values[place] = Double(row[column]?.text ?? "") }
        }
        return values
      }
      return TrendChart.Series(
        name: name, dice: curve("dice"), expectedDice: curve("expected_dice"), volume: curve("volume_ml"))
    }
    self.runs = runs
  }

  var title: String { "\(runs.count) runs, \(runs.first?.day ?? "") to \(runs.last?.day ?? "")" }

  /// Two plots a label: Dice (expected where there is no mask is not mixed in) and volume.
  var text: String {
    var lines = [title]
    for item in series {
      let plots = [
        ("Dice", item.dice, 0.0...1.0), ("Dice expected", item.expectedDice, 0.0...1.0), ("ml", item.volume, nil),
      ]
      for (unit, values, range) in plots {
        guard let plot = BraillePlot(values: values, range: range) else { continue }
        lines += ["", "\(item.name), \(unit): \(plot.summary)"] + plot.lines
      }
    }
    return lines.joined(separator: "\n")
  }
}
