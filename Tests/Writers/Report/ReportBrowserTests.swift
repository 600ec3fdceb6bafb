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

  @Test("fits a telephone")
  func phone() throws {
    let (browser, file) = (try Browser(width: 390, height: 844, isPhone: true), try page())
    try browser.open(file)
    #expect(try browser.text("document.documentElement.scrollWidth") == "390")
    #expect(try browser.text("document.querySelector('.picture').getBoundingClientRect().width > 300") == "true")
    #expect(try browser.problems(opening: file).isEmpty)
  }
}
