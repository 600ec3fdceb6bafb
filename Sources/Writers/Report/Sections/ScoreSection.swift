/// The table of volumes and of agreement with the supplied mask.
struct ScoreSection {
  let content: ReportContent
  let table: LabelTable

  var markup: Markup {
    """
    <section aria-labelledby="volumes-title">
    <h2 id="volumes-title">Volumes\(content.reference == nil ? "" : " and agreement")</h2>
    <div class="wide" tabindex="0" role="region" aria-label="Volumes of each label"><table class="figures">
    <caption>\(caption)</caption>
    <thead><tr>\(head)</tr></thead>
    <tbody>
    \(rows)</tbody>
    </table></div>
    \(explanation)</section>
    """
  }

  private var caption: String {
    guard let reference = content.reference else {
      return "Every label of the model; no mask was supplied to compare with."
    }
    return "Every label of the model, compared with the supplied mask \(reference.source)."
  }

  private var head: Markup {
    let cells: Markup = "<th scope=\"col\">Label</th><th scope=\"col\">Voxels</th><th scope=\"col\">Volume, ml</th>"
    guard content.reference != nil else { return cells }
    let titles = ["Mask, ml", "Difference", "Dice", "HD95, mm", "NSD at 1 mm"]
    return cells + "\(titles.map { "<th scope=\"col\">\($0)</th>" as Markup })"
  }

  private var explanation: Markup {
    guard content.reference != nil else { return .nothing }
    return """
      <p class="hint">Dice: overlap, 1 is perfect. HD95: 95 percent of the outlines lie within this distance of each other. \
      NSD: share of the outlines that lie within 1 mm of each other.</p>

      """
  }

  /// Volumes in the order given, then labels that only have a score.
  private var values: [UInt16] {
    let listed = content.volumes.map { $0.value }
    return listed + (content.reference?.scores.map { $0.value }.filter { !listed.contains($0) } ?? [])
  }

  private var rows: [Markup] {
    values.map { value in
      let volume = content.volumes.first { $0.value == value }
      let voxels = volume.map { Decimal.grouped($0.voxels) } ?? "-"
      let millilitres = volume.map { Decimal.millilitres($0.millilitres) } ?? "-"
      return """
        <tr><th scope="row">\(table.mark(value))\(table.name(value))</th><td data-title="Voxels">\(voxels)</td><td data-title="Volume, ml">\(millilitres)</td>\
        \(comparison(value))</tr>

        """
    }
  }

  private func comparison(_ value: UInt16) -> Markup {
    guard let reference = content.reference else { return .nothing }
    guard let score = reference.scores.first(where: { $0.value == value }) else {
      return "<td colspan=\"5\" class=\"undefined\" data-title=\"Mask\">not compared</td>"
    }
    return """
      <td data-title="Mask, ml">\(Decimal.millilitres(score.referenceMillilitres))</td>\
      <td data-title="Difference">\(difference(score))</td>\
      \(share(score.dice, "Dice"))\(distance(score.hd95, "HD95, mm"))\(share(score.nsd, "NSD at 1 mm"))
      """
  }

  private func difference(_ score: ReportContent.Score) -> String {
    let by = score.millilitres - score.referenceMillilitres
    let sign = by > 0 ? "+" : by < 0 ? "\u{2212}" : ""
    let text = sign + Decimal.millilitres(abs(by)) + " ml"
    guard score.referenceMillilitres > 0 else { return text }
    return text + " (\(sign)\(Decimal.text(abs(by) / score.referenceMillilitres * 100, places: 0)) %)"
  }

  /// A share of 1 with a bar.
  private func share(_ measure: ReportContent.Measure, _ title: String) -> Markup {
    switch measure {
    case .undefined(let reason): undefined(reason, title)
    case .value(let value):
      """
      <td class="share" data-title="\(title)"><span>\(Decimal.text(value, places: 3))</span><svg class="bar" viewBox="0 0 100 6" \
      preserveAspectRatio="none" aria-hidden="true"><rect class="ground" width="100" height="6"/>\
      <rect class="\(level(value))" width="\(Decimal.text(100 * min(1, max(0, value)), places: 1))" height="6"/></svg></td>
      """
    }
  }

  private func level(_ value: Double) -> String { value >= 0.8 ? "good" : value >= 0.6 ? "middling" : "poor" }

  private func distance(_ measure: ReportContent.Measure, _ title: String) -> Markup {
    switch measure {
    case .undefined(let reason): undefined(reason, title)
    case .value(let value): "<td data-title=\"\(title)\">\(Decimal.text(value, places: 2))</td>"
    }
  }

  private func undefined(_ reason: String, _ title: String) -> Markup {
    "<td class=\"undefined\" data-title=\"\(title)\">not defined<small>\(reason)</small></td>"
  }
}
