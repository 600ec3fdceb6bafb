/// The page's head line and the findings below it.
struct HeadSection {
  let content: ReportContent
  let findings: Findings

  var markup: Markup {
    """
    <header class="head">
    <div>
    <p class="kicker">Vigil report</p>
    <h1>\(content.rule.name)</h1>
    <p class="what">\(what)</p>
    </div>
    <button type="button" id="theme" class="quiet" aria-label="Colour theme: automatic">Theme: auto</button>
    </header>
    """
  }

  private var what: Markup {
    let parts: [Markup] = [
      content.series.description, content.series.modality, content.series.studyDate, "run \(content.run)",
    ].filter { !$0.isEmpty }.map { "<span>\($0)</span>" }
    return "\(parts)"
  }

  /// The findings in words, notes and warnings first.
  var findingsMarkup: Markup {
    let trust = TrustSection(content: content)
    let notes: [Markup] = (trust.notes + content.notes).map { note in
      let name = note.severity == .warning ? "Warning" : "Note"
      return "<li class=\"note \(note.severity.rawValue)\"><strong>\(name)</strong> \(note.text)</li>\n"
    }
    let list: Markup = notes.isEmpty ? .nothing : "<ul class=\"notes\">\n\(notes)</ul>\n"
    let lines: [Markup] = findings.sentences.map { "<p>\($0)</p>\n" }
    return """
      <section class="findings" aria-labelledby="findings-title">
      <h2 id="findings-title" class="sr-only">Findings</h2>
      <div class="columns"><div class="sentences">\(lines)\(trust.summary)\
      <p class="caution">Made by a program, for research. A person must check it before anything is decided by it.</p></div>
      \(list)</div>
      </section>
      """
  }
}
