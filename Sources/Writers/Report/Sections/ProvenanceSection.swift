import Digests

/// What made the result, with digests.
struct ProvenanceSection {
  let content: ReportContent
  let display: [String]

  var markup: Markup {
    """
    <section aria-labelledby="provenance-title">
    <h2 id="provenance-title">Provenance</h2>
    <div class="wide"><table class="provenance">
    <caption>What made this result. A digest is SHA-256, the same file always has the same one.</caption>
    <thead><tr><th scope="col">What</th><th scope="col">Which</th><th scope="col">Digest</th></tr></thead>
    <tbody>
    \(rows)</tbody>
    </table></div>
    \(displayMarkup)</section>
    """
  }

  private var rows: [Markup] {
    let model = content.model
    let folds = model.folds.count == 1 ? "fold" : "folds"
    let which = "\(model.name), \(model.configuration), \(folds) \(model.folds.joined(separator: ", "))"
    let first = [
      row("Run", content.run, nil), row("Model", which, model.digest),
      row("Rule", content.rule.name, content.rule.digest),
      row("Input", "all instances of the series", content.inputDigest),
    ]
    let mask = content.reference.map { [row("Supplied mask", $0.source, $0.digest)] } ?? []
    let outputs = content.outputs.map { row("Output", $0.name, $0.digest) }
    return first + mask + outputs + [row("Software", content.software, nil), row("Machine", content.host, nil)]
  }

  private func row(_ what: String, _ which: String, _ digest: SHA256Digest?) -> Markup {
    let code: Markup = digest.map { "<code>\($0.description)</code>" } ?? .nothing
    return "<tr><th scope=\"row\">\(what)</th><td>\(which)</td><td>\(code)</td></tr>\n"
  }

  /// How the pictures differ from the files beside the page.
  private var displayMarkup: Markup {
    let lines: [Markup] = display.map { "<li>\($0)</li>\n" }
    return "<h3>About the pictures</h3>\n<ul class=\"display\">\n\(lines)</ul>\n"
  }
}
