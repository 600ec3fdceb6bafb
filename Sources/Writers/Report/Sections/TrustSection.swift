/// How far the result is to be trusted, and how to say that one has looked; without a judgement on record only the latter.
struct TrustSection {
  let content: ReportContent

  var markup: Markup { trustMarkup + reviewMarkup }

  /// The judgement in one line, for the page's head; nothing where there is none.
  var summary: Markup {
    guard let trust = content.trust else { return .nothing }
    return """
      <p class="judgement"><strong class="verdict \(trust.verdict.rawValue)">\(trust.verdict.rawValue)</strong> \(expectation(trust))</p>
      """
  }

  /// What speaks against the result, for the page's head.
  var notes: [ReportContent.Note] {
    guard let trust = content.trust else { return [] }
    let held = trust.isHeld ? ["The rule holds this result until a person has reviewed it."] : []
    return (held + trust.warnings).map { .init(severity: .warning, text: $0) }
  }

  private var trustMarkup: Markup {
    guard let trust = content.trust, !trust.labels.isEmpty else { return .nothing }
    return """
      <section aria-labelledby="trust-title" class="trust">
      <h2 id="trust-title">Trust</h2>
      \(table(trust))</section>

      """
  }

  private func expectation(_ trust: ReportContent.Trust) -> String {
    let words =
      switch trust.verdict {
      case .good: "Nothing was found that speaks against the result."
      case .doubtful: "Something speaks against the result."
      case .poor: "The result is probably of no use."
      }
    guard let dice = trust.expectedDice else { return "\(words) No Dice can be foretold." }
    return
      "\(words) Without having seen a mask, a mean Dice of about \(Decimal.text(dice, places: 2)) is to be expected."
  }

  private func table(_ trust: ReportContent.Trust) -> Markup {
    let rows: [Markup] = trust.labels.map { label in
      """
      <tr><th scope="row">\(label.name)</th><td data-title="Expected Dice">\(figure(label.expectedDice))</td>\
      <td data-title="Dice between folds">\(figure(label.foldDice))</td>\
      <td data-title="Entropy">\(figure(label.entropy))</td></tr>

      """
    }
    return """
      <div class="wide" tabindex="0" role="region" aria-label="Trust of each label"><table class="figures">
      <caption>Dice between folds: how far the networks of the model agree with one another. Entropy: how divided they are, 0 is agreed.</caption>
      <thead><tr><th scope="col">Label</th><th scope="col">Expected Dice</th><th scope="col">Dice between folds</th>\
      <th scope="col">Entropy</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table></div>

      """
  }

  private func figure(_ value: Double?) -> String { value.map { Decimal.text($0, places: 3) } ?? "-" }

  /// The commands that put a verdict on record; the page's script fills them in. A run's number goes into a command only where no
  /// shell can misread it.
  private var reviewMarkup: Markup {
    guard RunSummary.isShellSafe(content.run) else { return .nothing }
    return """
      <section aria-labelledby="review-title" class="review" data-run="\(content.run)">
      <h2 id="review-title">Your verdict</h2>
      <p class="hint">A page cannot write. These commands put your verdict on record; the list of all results shows it afterwards.</p>
      <div id="review"><p><code>vigil audit review \(content.run) accept</code></p><p><code>vigil audit review \(content.run) reject --note TEXT</code></p></div>
      </section>

      """
  }
}
