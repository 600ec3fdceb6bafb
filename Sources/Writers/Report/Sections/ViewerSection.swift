/// The pictures and what steers them. The page's script brings it to life.
struct ViewerSection {
  let content: ReportContent
  let table: LabelTable
  let planes: [ViewPlane]
  let summary: String

  var markup: Markup {
    """
    <section id="viewer" aria-labelledby="viewer-title">
    <h2 id="viewer-title" class="sr-only">Images</h2>
    <div class="bar-of-tools">
    \(choices("plane", "Large plane", planes.enumerated().map { (String($0), $1.name) }))
    \(modes)<span class="grow"></span>
    <span id="progress" class="progress" role="status">Unpacking</span>
    <button type="button" id="help-button" class="quiet" aria-expanded="false" aria-controls="help">Keys</button>
    </div>
    \(help)
    <div class="viewer">
    <div class="panes" id="panes" data-large="0">
    \(planes.enumerated().map { pane($0, $1) })</div>
    \(sidebar)
    </div>
    <p class="readout" id="readout" aria-hidden="true">Point at a picture to read values.</p>
    <p class="sr-only" id="live" aria-live="polite"></p>
    <noscript><p class="note warning">The pictures need JavaScript, which is switched off here. Tables and texts are complete without.</p>\
    \(preview)</noscript>
    \(print)
    </section>
    """
  }

  private func choices(_ name: String, _ legend: String, _ options: [(value: String, text: String)]) -> Markup {
    let labels: [Markup] = options.enumerated().map { place, option in
      let checked: Markup = place == 0 ? " checked" : ""
      return """
        <label><input type="radio" name="\(name)" value="\(option.value)"\(checked)><span>\(option.text)</span></label>
        """
    }
    return "<fieldset class=\"segments\"><legend class=\"sr-only\">\(legend)</legend>\(labels)</fieldset>"
  }

  private var modes: Markup {
    guard content.reference != nil else { return .nothing }
    let options = [("model", "Model"), ("reference", "Mask"), ("both", "Both"), ("difference", "Difference")]
    return choices("mode", "What to show", options) + "\n"
  }

  private func pane(_ place: Int, _ plane: ViewPlane) -> Markup {
    let edges: [Markup] = [
      ("left", plane.letters.left), ("right", plane.letters.right), ("top", plane.letters.top),
      ("bottom", plane.letters.bottom),
    ].map { "<span class=\"edge \($0)\" aria-hidden=\"true\">\($1)</span>" }
    return """
      <figure class="pane" data-plane="\(place)">
      <div class="stage"><canvas class="picture" role="img" tabindex="0" aria-label="\(plane.name) plane. \(summary)"></canvas>\
      \(edges)<figcaption class="title">\(plane.name)</figcaption><span class="where"><span class="count"></span><span class="millimetres"></span></span></div>
      <div class="scroll"><canvas class="profile" aria-hidden="true"></canvas>\
      <input type="range" class="slice" min="0" max="0" value="0" aria-label="\(plane.name) slice"></div>
      </figure>

      """
  }

  private var sidebar: Markup {
    """
    <aside class="side" aria-label="Display settings">
    <div class="group"><h3>Overlay</h3>
    \(choices("style", "Overlay style", [("outline", "Outline"), ("fill", "Fill"), ("none", "Off")]))
    <label class="slider"><span>Opacity</span><input type="range" id="opacity" min="0" max="100" value="70"><output></output></label>
    \(legend)\(worst)</div>
    <div class="group"><h3>Window</h3>
    <label class="field"><span>Preset</span><select id="preset"></select></label>
    <label class="slider"><span>Level</span><input type="range" id="level" step="any"><output></output></label>
    <label class="slider"><span>Width</span><input type="range" id="width" step="any"><output></output></label>
    </div>
    <div class="group labels"><h3>Labels</h3>
    \(labelTools)<ul id="labels">
    \(labels)</ul></div>
    <div class="group"><h3>View</h3>
    <label class="tick"><input type="checkbox" id="crosshair" checked><span>Cross-hair</span></label>
    <label class="tick"><input type="checkbox" id="smooth" checked><span>Smooth pixels</span></label>
    <button type="button" id="reset" class="quiet">Reset view</button></div>
    </aside>
    """
  }

  private var legend: Markup {
    guard content.reference != nil else { return .nothing }
    return """
      <ul id="legend" class="legend" hidden><li><span class="mark agree"></span>Model and mask agree</li>\
      <li><span class="mark only-model"></span>Model only (too much)</li>\
      <li><span class="mark only-mask"></span>Mask only (missed)</li>\
      <li><span class="mark swapped"></span>Both, other label</li></ul>
      <p id="dashes" class="hint" hidden>Solid: model. Dashed: supplied mask.</p>

      """
  }

  private var worst: Markup {
    guard content.reference != nil else { return .nothing }
    return "<button type=\"button\" id=\"worst\" class=\"quiet\">Go to largest difference</button>\n"
  }

  private var labelTools: Markup {
    guard table.entries.count > 1 else { return .nothing }
    let filter: Markup =
      table.entries.count > 12
      ? "<input type=\"search\" id=\"label-filter\" placeholder=\"Filter\" aria-label=\"Filter labels\">" : .nothing
    return """
      <div class="label-tools">\(filter)<button type="button" class="quiet" data-all="true">All</button>\
      <button type="button" class="quiet" data-all="false">None</button></div>

      """
  }

  private var labels: [Markup] {
    table.entries.enumerated().map { place, entry in
      let volume = content.volumes.first { $0.value == entry.value }
      let text = volume.map { $0.voxels == 0 ? "not found" : Decimal.millilitres($0.millilitres) + " ml" } ?? ""
      return """
        <li><label class="tick"><input type="checkbox" data-code="\(place + 1)" checked>\(table.mark(entry.value))\
        <span class="name">\(entry.name)</span><span class="amount">\(text)</span></label></li>

        """
    }
  }

  private var preview: Markup {
    guard let png = content.preview else { return .nothing }
    return "<img alt=\"\(summary)\" src=\"data:image/png;base64,\(Base64.text(png))\">"
  }

  private var print: Markup {
    let figures: [Markup] = planes.map {
      "<figure><img alt=\"\($0.name) plane. \(summary)\"><figcaption>\($0.name)</figcaption></figure>\n"
    }
    return "<div id=\"print\" class=\"print-only\">\n\(figures)</div>"
  }

  private var help: Markup {
    let keys = [
      ("Up, Down or wheel", "next, previous slice"), ("Page Up, Page Down", "ten slices"),
      ("Home, End", "first, last slice"),
      ("1 2 3", "axial, sagittal, coronal"), ("O", "outline or fill"), ("H", "overlay on or off"),
      ("[ ]", "less, more opacity"), ("M", "model, mask, both, difference"), ("D", "difference map"),
      ("W", "next window preset"), ("+ \u{2212}", "zoom; also Ctrl and wheel, or pinch"),
      ("Drag", "window: across for width, up for level"), ("Shift and drag", "move the picture"),
      ("Click", "put the cross-hair there"), ("X", "cross-hair on or off"), ("N", "largest difference"),
      ("R", "reset the view"),
    ]
    let rows: [Markup] = keys.map { "<div><dt><kbd>\($0)</kbd></dt><dd>\($1)</dd></div>" }
    return "<dl id=\"help\" class=\"help\" hidden>\(rows)</dl>"
  }
}
