/// The markup of the index page, and its newest runs as a plain table for browsers without JavaScript.
enum IndexTable {
  /// Everything before the data.
  static func head(software: String, newest: [Markup]) -> String {
    let policy = ContentPolicy.text(scripts: [PageAssets.indexScript], styles: [PageAssets.indexStyle])
    let markup: Markup = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <meta name="generator" content="\(software)">
      <title>Vigil: all results</title>
      <style>\(Markup(trusted: PageAssets.indexStyle))</style>
      </head>
      <body>
      <header class="head">
      <div><p class="kicker">Vigil</p><h1>All results</h1><p class="what" id="totals" role="status"></p></div>
      <button type="button" id="theme" class="quiet" aria-label="Colour theme: automatic">Theme: auto</button>
      </header>
      <main>
      \(tools)
      <section class="results" aria-label="Runs">
      <div id="list" class="list" role="list" tabindex="0" aria-label="Runs, use arrow keys"></div>
      <p id="nothing" class="hint" hidden>No run matches. <button type="button" id="clear" class="quiet">Clear all filters</button></p>
      \(plain(newest))
      </section>
      </main>
      <dialog id="details" aria-labelledby="details-title"></dialog>

      """
    return markup.text
  }

  private static let tools: Markup = """
    <section class="tools" aria-label="Search and filter">
    <div class="line">
    <fieldset class="segments"><legend class="sr-only">Which runs</legend>
    <label><input type="radio" name="tab" value="all" checked><span>All <b></b></span></label>
    <label><input type="radio" name="tab" value="queue"><span>Review queue <b></b></span></label>
    <label><input type="radio" name="tab" value="problems"><span>Not segmented <b></b></span></label>
    </fieldset>
    <label class="search"><span class="sr-only">Search</span>
    <input type="search" id="search" placeholder="Search description, rule, reason, run ( / )" autocomplete="off" spellcheck="false"></label>
    <label class="field"><span>Sort</span><select id="sort">
    <option value="new">Newest</option><option value="old">Oldest</option><option value="trust">Worst trust</option>
    <option value="dice">Lowest Dice</option><option value="large">Largest volume</option>
    <option value="small">Smallest volume</option><option value="slow">Slowest</option></select></label>
    <button type="button" id="more" class="quiet" aria-expanded="false" aria-controls="filters">Filters <b></b></button>
    </div>
    <div class="filters" id="filters" hidden>
    <label class="field"><span>Rule</span><select id="rule"></select></label>
    <label class="field"><span>Outcome</span><select id="outcome"></select></label>
    <label class="field"><span>From</span><input type="date" id="from"></label>
    <label class="field"><span>To</span><input type="date" id="to"></label>
    <label class="field"><span>Label</span><select id="label"></select></label>
    <label class="field"><span>Volume from, ml</span><input type="number" id="least" min="0" step="any"></label>
    <label class="field"><span>Volume to, ml</span><input type="number" id="most" min="0" step="any"></label>
    <label class="field"><span>Dice below</span><input type="number" id="dice" min="0" max="1" step="0.05"></label>
    <label class="field"><span>Expected Dice below</span><input type="number" id="trust" min="0" max="1" step="0.05"></label>
    <label class="field"><span>Trust</span><select id="verdict"><option value="">any</option><option value="poor">poor</option>\
    <option value="doubtful">doubtful</option><option value="good">good</option><option value="held">held for review</option>\
    <option value="none">not judged</option></select></label>
    <label class="field"><span>Verdict</span><select id="review"><option value="">any</option><option value="none">none yet</option>\
    <option value="accepted">accepted</option><option value="rejected">rejected</option></select></label>
    </div>
    </section>
    """

  private static func plain(_ rows: [Markup]) -> Markup {
    """
    <noscript><p>Search and filters need JavaScript. The newest runs:</p>
    <table><thead><tr><th scope="col">Run</th><th scope="col">Scan</th><th scope="col">Rule</th><th scope="col">Outcome</th>\
    <th scope="col">Started (UTC)</th></tr></thead>
    <tbody>
    \(rows)</tbody></table></noscript>
    """
  }

  /// A run in the plain table.
  static func row(_ run: RunSummary) -> Markup {
    let scan = [run.series.description, run.series.modality, run.series.studyDate].filter { !$0.isEmpty }
    let name: Markup = "\(scan.joined(separator: ", "))"
    let linked: Markup = IndexRow.link(run).map { "<a href=\"\($0)\">\(name)</a>" } ?? name
    return """
      <tr><td>\(run.id)</td><td>\(linked)</td><td>\(run.rule)</td><td>\(run.outcome.rawValue)</td>\
      <td>\(JourneySection.stamp(run.startedAt))</td></tr>

      """
  }
}
