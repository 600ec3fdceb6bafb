/// What a page finds, in words: the lines at its head, and what a screen reader says instead of the pictures.
struct Findings {
  let content: ReportContent
  let table: LabelTable

  /// Names are listed up to this many; more are counted.
  private static let mostNames = 6

  /// Sentences, most important first.
  var sentences: [String] { [found, missing, agreement, disagreement, skipped].compactMap { $0 } }

  private var found: String? {
    let present = content.volumes.filter { $0.voxels > 0 }
    guard !present.isEmpty else { return "The model found none of its labels in this scan." }
    guard present.count <= Self.mostNames else {
      let total = present.reduce(0) { $0 + $1.millilitres }
      return "The model found \(present.count) of \(content.volumes.count) labels, "
        + "\(Decimal.millilitres(total)) ml together."
    }
    let parts = present.map { "\(table.name($0.value)) \(Decimal.millilitres($0.millilitres)) ml" }
    return "The model found \(Self.list(parts))."
  }

  private var missing: String? {
    let absent = content.volumes.filter { $0.voxels == 0 }
    guard !absent.isEmpty, absent.count < content.volumes.count else { return nil }
    guard absent.count <= Self.mostNames else { return "\(absent.count) labels were not found." }
    return "Not found: \(Self.list(absent.map { table.name($0.value) }))."
  }

  private var agreement: String? {
    guard let reference = content.reference else { return nil }
    let scored = reference.scores.compactMap { score in score.dice.figure.map { (score.value, $0) } }
    guard let worst = scored.min(by: { $0.1 < $1.1 }) else {
      return "A mask was supplied (\(reference.source)), but no Dice is defined for it."
    }
    let mean = scored.reduce(0) { $0 + $1.1 } / Double(scored.count)
    guard scored.count > 1 else {
      return "Against the supplied mask (\(reference.source)) the Dice is \(Decimal.text(mean, places: 3))."
    }
    return "Against the supplied mask (\(reference.source)) the mean Dice is \(Decimal.text(mean, places: 3)); "
      + "lowest is \(table.name(worst.0)) with \(Decimal.text(worst.1, places: 3))."
  }

  private var disagreement: String? {
    let far = content.reference?.scores.compactMap { score in score.hd95.figure.map { (score.value, $0) } } ?? []
    guard let worst = far.max(by: { $0.1 < $1.1 }) else { return nil }
    let distance = "95 percent of its outline lie within \(Decimal.text(worst.1, places: 1)) mm of the mask's (HD95)"
    return far.count > 1 ? "\(table.name(worst.0)) lies farthest off: \(distance)." : "\(distance)."
  }

  private var skipped: String? {
    switch content.skipped.count {
    case 0: nil
    case 1: "One file was left out."
    case let count: "\(count) files were left out."
    }
  }

  /// `a`, `a and b`, `a, b and c`.
  private static func list(_ parts: [String]) -> String {
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}
