import Foundation
import Imaging
import TestSupport
import Testing
import Writers

@Suite("report.html in a browser", .serialized, .enabled(if: Browser.program != nil, Browser.missing))
struct ReportBrowserTests {
  private let folder: TemporaryFolder
  private let content = ReportSample.content(ReportSample.geometry(40, 36, 30, spacing: SIMD3(1, 1, 2)))

  init() throws { folder = try TemporaryFolder() }

  private func page() throws -> URL { try folder.write(try Report.html(content), to: "report.html") }

  /// The slice number that a plane shows.
  private func slice(_ plane: Int) -> String { "document.querySelectorAll('.count')[\(plane)].textContent" }

  @Test("keys scroll, choose planes, change the overlay")
  func keys() throws {
    let (browser, file) = (try Browser(), try page())
    try browser.open(file)
    let start = try #require(Int(try browser.text(slice(0)).prefix { $0 != "/" }))
    let moves = [
      ("ArrowUp", "\(start + 1)/30"), ("PageUp", "\(start + 11)/30"), ("ArrowDown", "\(start + 10)/30"),
      ("PageDown", "\(start)/30"), ("End", "30/30"), ("Home", "1/30"),
    ]
    for (key, place) in moves {
      try browser.press(key)
      #expect(try browser.settled(slice(0), at: place) == place, "after \(key)")
    }
    let effects = [
      ("3", "document.getElementById('panes').dataset.large", "2"),
      ("End", slice(2), "36/36"),
      ("2", "document.querySelector('input[name=plane]:checked').value", "1"),
      ("o", "document.querySelector('input[name=style]:checked').value", "fill"),
      ("]", "document.getElementById('opacity').value", "80"),
      ("m", "document.querySelector('input[name=mode]:checked').value", "reference"),
      ("d", "document.getElementById('legend').hidden", "false"),
      ("h", "document.querySelector('input[name=style]:checked').value", "none"),
      ("w", "document.getElementById('preset').selectedOptions[0].text", "Full range"),
      ("x", "document.getElementById('crosshair').checked", "false"),
      ("?", "document.getElementById('help').hidden", "false"),
    ]
    for (key, expression, value) in effects {
      try browser.press(key)
      #expect(try browser.settled(expression, at: value) == value, "after \(key)")
    }
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("the mouse reads the very voxel that lies under it, sets the cross-hair, scrolls and windows")
  func mouse() throws {
    let (browser, file) = (try Browser(), try page())
    try browser.open(file)
    let box = try browser.text(
      "(() => { const b = document.querySelector('.picture').getBoundingClientRect(); return [b.x, b.y, b.width, b.height] })()"
    ).split(separator: ",").compactMap { Double($0) }
    try #require(box.count == 4)
    // The axial plane: 40 x 36 pixels of 1 mm, centred, as large as fits.
    let scale = min(box[2] / 40, box[3] / 36)
    let (i, j) = (11, 23)
    let x = box[0] + box[2] / 2 + (Double(i) + 0.5 - 20) * scale
    let y = box[1] + box[3] / 2 + (Double(j) + 0.5 - 18) * scale
    let k = try #require(Int(try browser.text(slice(0)).prefix { $0 != "/" })) - 1
    try browser.mouse("mouseMoved", x, y)
    let value = Int(content.image.voxels[(k * 36 + j) * 40 + i])
    let readout = "document.getElementById('readout').textContent"
    _ = try browser.settled("\(readout).includes('value')", at: "true")
    let found = try browser.text(readout)
    #expect(found.contains("value \(value) "))
    try browser.mouse("mousePressed", x, y, ["button": "left", "clickCount": 1])
    try browser.mouse("mouseReleased", x, y, ["button": "left", "clickCount": 1])
    #expect(try browser.settled(slice(1), at: "\(i + 1)/40") == "\(i + 1)/40")
    // Coronal slices are counted from posterior.
    #expect(try browser.settled(slice(2), at: "\(36 - j)/36") == "\(36 - j)/36")
    try browser.mouse("mouseWheel", x, y, ["deltaX": 0, "deltaY": -100])
    #expect(try browser.settled(slice(0), at: "\(k + 3)/30") == "\(k + 3)/30")
    let level = try browser.text("document.getElementById('level').value")
    try browser.mouse("mousePressed", x, y, ["button": "left", "clickCount": 1])
    try browser.mouse("mouseMoved", x + 40, y - 30, ["button": "left", "buttons": 1])
    try browser.mouse("mouseReleased", x + 40, y - 30, ["button": "left", "clickCount": 1])
    #expect(try browser.settled("document.getElementById('preset').value", at: "-1") == "-1")
    #expect(try browser.text("document.getElementById('level').value") != level)
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("what is shown is told in words, and the picture's own text says it too")
  func words() throws {
    let (browser, file) = (try Browser(), try page())
    try browser.open(file)
    try browser.wait(for: "document.getElementById('live').textContent.startsWith('Axial')")
    #expect(try browser.text("document.getElementById('live').textContent").contains("square centimetres"))
    let label = try browser.text("document.querySelector('.picture').getAttribute('aria-label')")
    #expect(label.contains("The model found Anterior"))
    let unnamed = try browser.text(
      "[...document.querySelectorAll('input, select, button')].filter((e) => !e.getAttribute('aria-label') "
        + "&& !e.textContent.trim() && !e.closest('label')?.textContent.trim()).length")
    #expect(unnamed == "0", "controls without a name")
  }

  @Test("prints three pictures that are not empty")
  func print() throws {
    let (browser, file) = (try Browser(), try page())
    try browser.open(file)
    try browser.wait(for: "[...document.querySelectorAll('#print img')].every((image) => image.naturalWidth > 300)")
    let pdf = try browser.call("Page.printToPDF", ["printBackground": true])["data"] as? String ?? ""
    #expect(pdf.hasPrefix("JVBERi"))  // %PDF- in base64
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("follows the system's theme, and the button overrules it")
  func themes() throws {
    let (browser, file) = (try Browser(isDark: true), try page())
    try browser.open(file)
    let ground = "getComputedStyle(document.body).backgroundColor"
    let dark = try browser.text(ground)
    _ = try browser.text("document.getElementById('theme').click()")
    #expect(try browser.text("document.documentElement.dataset.theme") == "light")
    #expect(try browser.text(ground) != dark)
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("a single slice with one value opens without a complaint")
  func flat() throws {
    let geometry = ReportSample.geometry(32, 24, 1)
    var flat = content
    flat.image = Volume(geometry: geometry, voxels: [Float](repeating: 3, count: geometry.count))
    flat.labels = LabelMap(geometry: geometry, voxels: [UInt16](repeating: 0, count: geometry.count))
    flat.reference = nil
    let file = try folder.write(try Report.html(flat), to: "flat.html")
    let browser = try Browser()
    try browser.open(file)
    for key in ["ArrowUp", "2", "ArrowUp", "o", "w", "n", "d"] { try browser.press(key) }
    #expect(try browser.settled(slice(1), at: "18/32") == "18/32")
    #expect(try browser.text(slice(0)) == "1/1")
    #expect(try browser.problems(opening: file).isEmpty)
  }

  /// The page with a judgement in it.
  private func judged(_ run: String = "20261120T101112Z-00ff00") throws -> URL {
    var judged = content
    judged.trust = ReportSample.trust
    judged.run = run
    return try folder.write(try Report.html(judged), to: "rule/run/judged.html")
  }

  @Test(
    "can be read in both themes and by a screen reader, and Tab goes through it in order", arguments: [false, true])
  func access(isDark: Bool) throws {
    let (browser, file) = (try Browser(isDark: isDark), try judged())
    try browser.open(file)
    #expect(try browser.faintTexts() == "")
    #expect(try browser.unnamed() == "")
    let order = try browser.focusOrder(6)
    #expect(order[..<4] == ["theme", "plane", "mode", "help-button"])
    #expect(order[4].hasPrefix("Axial"))
    #expect(order[5] == "Axial slice")
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("the commands of a verdict follow what is typed, quoted for a shell, and name the tree that the page lies in")
  func verdict() throws {
    let (browser, file) = (try Browser(), try judged())
    try browser.open(file)
    let codes = "[...document.querySelectorAll('#review code')].map((e) => e.textContent).join('\\n')"
    let run = "20261120T101112Z-00ff00"
    let tree = "--output '\(folder.url.resolvingSymlinksInPath().path)'"
    #expect(
      try browser.text(codes)
        == "vigil audit review \(run) accept \(tree)\nvigil audit review \(run) reject \(tree)")
    _ = try browser.text(
      "document.querySelectorAll('#review input').forEach((e, n) => { e.value = [\"it's $(x)\", 'A. Reader'][n]; "
        + "e.dispatchEvent(new Event('input')); })")
    #expect(
      try browser.text(codes).hasPrefix(
        "vigil audit review \(run) accept --note 'it'\\''s $(x)' --by 'A. Reader' --output"))
    // Letters typed into a field do not steer the pictures.
    _ = try browser.text("document.querySelector('#review input').focus()")
    try browser.press("d")
    #expect(try browser.text("document.querySelector('input[name=mode]:checked').value") == "model")
    let strange = try judged("1; rm -r x")
    try browser.open(strange)
    #expect(try browser.text("document.querySelector('.review')") == "null")
  }

  @Test("a mask's number that stands for several labels together agrees with each of them")
  func unions() throws {
    let geometry = ReportSample.geometry(30, 28, 26)
    var union = ReportSample.content(geometry)
    union.labels = ReportSample.boxes(geometry, shift: 0)
    union.names = [
      .init(value: 1, name: "Anterior"), .init(value: 2, name: "Posterior"),
      .init(value: 37, name: "Both", members: [1, 2]),
    ]
    let masked = LabelMap(geometry: geometry, voxels: union.labels.voxels.map { $0 == 0 ? 0 : 37 })
    union.reference?.labels = masked
    let bytes = try Report.html(union)
    let read = try ReportReader(bytes)
    #expect(read.description.labels.map { $0.members } == [nil, nil, [1, 2]])
    #expect(read.description.profile.different.allSatisfy { $0.allSatisfy { $0 == 0 } })
    #expect(read.description.profile.labelled[0].reduce(0, +) == 54)
    union.names[2].members = [1]
    let half = try ReportReader(try Report.html(union)).description.profile.different
    #expect(half.allSatisfy { $0.reduce(0, +) == 27 })
    let file = try folder.write(bytes, to: "union.html")
    let browser = try Browser()
    try browser.open(file)
    for key in ["d", "o", "x"] { try browser.press(key) }
    // Green of "agree" is in the picture, the colour of another label is not.
    let count = { (colour: String) in
      "(() => { const c = document.querySelector('.picture'); const o = new OffscreenCanvas(c.width, c.height).getContext('2d', { willReadFrequently: true }); o.drawImage(c, 0, 0); const d = o.getImageData(0, 0, c.width, c.height).data; "
        + "const [r, g, b] = \(colour); let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 1] - d[i] > r && d[i + 1] - d[i + 2] > g || (b && d[i] - d[i + 1] > 60)) n += 1; return n > 20; })()"
    }
    #expect(try browser.settled(count("[60, 20, false]"), at: "true") == "true")
    #expect(try browser.text(count("[999, 999, true]")) == "false")
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("fits a telephone, tables too")
  func phone() throws {
    let (browser, file) = (try Browser(width: 390, height: 844, isPhone: true), try judged())
    try browser.open(file)
    #expect(try browser.text("document.documentElement.scrollWidth") == "390")
    #expect(
      try browser.text("[...document.querySelectorAll('.wide')].filter((e) => e.scrollWidth > e.clientWidth).length")
        == "0")
    #expect(try browser.text("document.querySelector('.picture').getBoundingClientRect().width > 300") == "true")
    #expect(try browser.problems(opening: file).isEmpty)
  }
}
