import Foundation

/// A run as a page of a lab book: when, what, how, what came out, how far to trust it, which files, and what happened since.
public struct LabBook: Sendable {
  private let details: RunDetails
  private let run: [String: String]

  /// Of everything that is known of a run.
  public init(_ details: RunDetails) {
    self.details = details
    run = Self.rows(details.run).first ?? [:]
  }

  /// The page; control characters, which could move a terminal's cursor, are shown as `?`.
  public var text: String {
    let parts = [heading, scanAndRule, stages, result, trust, files, history].filter { !$0.isEmpty }
    return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var heading: [String] {
    let end = run["outcome"].map { "\($0) in \(Self.seconds(run["seconds"]))" } ?? "not finished"
    var lines = [
      "Run \(run["id"] ?? "")",
      "\(run["started_at"] ?? ""), \(end), on \(run["host"] ?? ""), by \(run["software"] ?? "")",
    ]
    if let error = run["error"], !error.isEmpty { lines.append("stopped at \(run["error_stage"] ?? "?"): \(error)") }
    if let before = run["supersedes"], !before.isEmpty { lines.append("takes the place of run \(before)") }
    return lines.map { Self.plain($0) }
  }

  private var scanAndRule: [String] {
    let matched = facts("matched")
    let how = ["configuration", "folds"].compactMap { key in matched[key].map { "\(key) \(Self.words($0))" } }
    let model = run["model_sha256"].map { $0.isEmpty ? [] : ["\($0.prefix(12))…"] + how } ?? []
    let rows = [
      ("series", run["series_uid"]), ("study", run["study_uid"]), ("rule", run["rule"]),
      ("model", model.isEmpty ? nil : model.joined(separator: ", ")),
      ("inputs", run["input_sha256"].flatMap { $0.isEmpty ? nil : "\($0.prefix(12))…" }),
      ("outputs", run["output_folder"]),
    ]
    return rows.compactMap { name, value in
      value.flatMap { $0.isEmpty ? nil : Self.plain(Self.padded(name, 9) + $0) }
    }
  }

  private var stages: [String] {
    let rows = Self.rows(details.stages).map { stage -> String in
      let time = (stage["started_at"] ?? "").dropFirst(11).prefix(12)
      let notes = Self.notes(Self.object(stage["facts"] ?? ""))
      return Self.plain(
        "  \(time)  \(Self.padded(stage["stage"] ?? "", 14))\(Self.seconds(stage["seconds"]))\(notes.isEmpty ? "" : "  \(notes)")"
      )
    }
    return rows.isEmpty ? [] : ["What was done"] + rows
  }

  private var result: [String] {
    let labels = (facts("postprocessed")["labels"] as? [[String: Any]]) ?? []
    let expected = (trustFact["perLabel"] as? [[String: Any]]) ?? []
    let scores = Self.rows(details.scores)
    let rows = labels.map { label -> String in
      let number = (label["label"] as? NSNumber)?.intValue
      var parts = [Self.padded(label["name"] as? String ?? "", 16), Self.number(label["volume_ml"], "%.2f ml")]
      let part = expected.first { ($0["label"] as? NSNumber)?.intValue == number }
      if let dice = part?["expectedDice"] as? NSNumber { parts.append(Self.number(dice, "Dice %.2f expected")) }
      let own = scores.filter { $0["label"] == number.map { "\($0)" } && $0["label_name"] == label["name"] as? String }
      return Self.plain("  " + (parts + own.map { Self.agreement($0) }).joined(separator: "  "))
    }
    let names = Set(labels.compactMap { $0["name"] as? String })
    let unions = scores.filter { !names.contains($0["label_name"] ?? "") }.map { score in
      Self.plain("  \(Self.padded(score["label_name"] ?? "", 16))  \(Self.agreement(score))")
    }
    return rows.isEmpty ? [] : ["What was found"] + rows + unions
  }

  private static func agreement(_ score: [String: String]) -> String {
    let figures = [
      ("dice", "Dice %.3f"), ("hd95_mm", "HD95 %.2f mm"), ("nsd_1mm", "NSD %.3f"),
    ].compactMap { key, format in Double(score[key] ?? "").map { String(format: format, $0) } }
    let against = figures.isEmpty ? "nothing to compare" : figures.joined(separator: ", ")
    return "\(against) against mask \((score["reference_sha256"] ?? "").prefix(8))…"
  }

  private var trust: [String] {
    guard let verdict = trustFact["verdict"] as? String else { return [] }
    let score =
      (trustFact["score"] as? NSNumber).map { ", a Dice of " + Self.number($0, "%.2f") + " is expected" } ?? ""
    let held = (trustFact["hold"] as? Bool) == true ? "; held for review" : ""
    let warnings = (trustFact["warnings"] as? [String]) ?? []
    return ["Trust: \(verdict)\(score)\(held)"] + warnings.map { Self.plain("  - \($0)") }
  }

  private var files: [String] {
    let rows = Self.rows(details.files)
    let counts = Dictionary(grouping: rows) { $0["role"] ?? "" }
    let listed = rows.filter { ["output", "reference"].contains($0["role"]) }.map { file in
      Self.plain(
        "  \(Self.padded(file["role"] ?? "", 10))\(file["path"] ?? "")  \(file["bytes"] ?? "") bytes, \((file["sha256"] ?? "").prefix(12))…"
      )
    }
    let others = ["input", "rule", "model"].compactMap { role in counts[role].map { "\($0.count) \(role)" } }
    let more = others.isEmpty ? [] : ["  and \(others.joined(separator: ", ")) files (--json lists them)"]
    return rows.isEmpty ? [] : ["Files"] + listed + more
  }

  private var history: [String] {
    let rows = Self.rows(details.events).map { event in
      Self.plain(
        "  \(event["at"] ?? "")  \(event["kind"] ?? "")  (event \(event["id"] ?? ""), \((event["sha256"] ?? "").prefix(12))…)"
      )
    }
    return rows.isEmpty ? [] : ["In the chain of events"] + rows
  }

  private var trustFact: [String: Any] { facts("postprocessed")["trust"] as? [String: Any] ?? [:] }

  private func facts(_ stage: String) -> [String: Any] {
    let row = Self.rows(details.stages).last { $0["stage"] == stage }
    return Self.object(row?["facts"] ?? "")
  }
}

extension LabBook {
  private static func rows(_ answer: Answer) -> [[String: String]] {
    answer.rows.map { row in
      Dictionary(zip(answer.columns, row.map { $0.text })) { first, _ in first }
    }
  }

  private static func object(_ text: String) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
  }

  /// The short facts of a stage in a line; what has a place of its own on the page is left out.
  private static func notes(_ facts: [String: Any]) -> String {
    let elsewhere: Set = [
      "labels", "trust", "model_sha256", "report", "files", "folder", "rule", "configuration", "folds",
    ]
    let parts = facts.keys.sorted().filter { !elsewhere.contains($0) }.compactMap { key -> String? in
      guard let value = facts[key], let words = short(value) else { return nil }
      return "\(key.replacing("_", with: " ")) \(words)"
    }
    return parts.joined(separator: "; ")
  }

  /// Nil for what is empty, nested or long.
  private static func short(_ value: Any) -> String? {
    if value is NSNull { return nil }
    if let list = value as? [Any] {
      guard !list.isEmpty, list.count <= 6, !list.contains(where: { $0 is [String: Any] || $0 is [Any] }) else {
        return nil
      }
    } else if value is [String: Any] {
      return nil
    }
    let text = words(value)
    return text.isEmpty || text.count > 160 ? nil : text
  }

  private static func words(_ value: Any) -> String {
    if let list = value as? [Any] { return list.map { words($0) }.joined(separator: " ") }
    if let text = value as? String { return text }
    if let number = value as? NSNumber {
      let whole = number.doubleValue == number.doubleValue.rounded() && abs(number.doubleValue) < 1e15
      return whole ? "\(number.int64Value)" : String(format: "%.4g", number.doubleValue)
    }
    return ""
  }

  private static func number(_ value: Any?, _ format: String) -> String {
    (value as? NSNumber).map { String(format: format, $0.doubleValue) } ?? "-"
  }

  private static func seconds(_ text: String?) -> String {
    Double(text ?? "").map { String(format: "%.2f s", $0) } ?? "-"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0 }))
  }
}
