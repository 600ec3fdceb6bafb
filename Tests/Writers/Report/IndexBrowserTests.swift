import Foundation
import TestSupport
import Testing
import Writers

@Suite("index.html in a browser", .serialized, .enabled(if: Browser.program != nil, Browser.missing))
struct IndexBrowserTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// `count` runs; every fourth has no segmentation, every tenth is reviewed, trust falls with the number.
  private func page(_ count: Int) throws -> URL {
    var page = IndexPage(software: "vigil")
    for number in 1...count {
      let isGood = !number.isMultiple(of: 4)
      var run = RunSummary(
        id: String(number), rule: number.isMultiple(of: 2) ? "liver" : "hippocampus",
        outcome: isGood ? .segmented : .failed,
        series: .init(studyDate: "2026-11-20", modality: "MR", description: "Series \(number)"),
        startedAt: Date(timeIntervalSince1970: 1_795_000_000 + 3600 * Double(number)), seconds: 10,
        folder: ["rule", "run\(number)"], page: "report.html")
      if isGood {
        run.labels = [
          .init(name: "Anterior", millilitres: Double(number) / 10, dice: Double(number % 50) / 50),
          .init(name: "Posterior", millilitres: 1),
        ]
        run.trust = .init(score: 1 - Double(number) / Double(count + 1), reasons: ["Folds disagree."])
      } else {
        run.reason = "the disk is full"
      }
      if number.isMultiple(of: 10) { run.review = .init(verdict: .accepted, note: "", reviewedAt: run.startedAt) }
      try page.update(run)
    }
    return try folder.write(page.html(), to: "index.html")
  }

  private let totals = "document.getElementById('totals').textContent.split(' runs')[0]"
  private let first = "document.querySelector('.row .name').textContent"

  @Test("ten thousand runs: search, filters, sorting; only what is in sight exists")
  func search() throws {
    let (browser, file) = (try Browser(), try page(10_000))
    try browser.open(file)
    #expect(try browser.text(totals) == "10,000 of 10,000")
    #expect(try browser.text(first) == "Series 10000")
    #expect((Int(try browser.text("document.querySelectorAll('.row').length")) ?? 999) < 60)
    try browser.press("/")
    for key in ["d", "i", "s", "k"] { try browser.press(key) }
    #expect(try browser.settled(totals, at: "2,500 of 10,000") == "2,500 of 10,000")
    #expect(try browser.text("location.hash") == "#search=disk")
    for (id, value, expected) in [
      ("search", "", "10,000 of 10,000"), ("rule", "liver", "5,000 of 10,000"),
      ("outcome", "segmented", "2,500 of 10,000"),
      ("dice", "0.2", "500 of 10,000"), ("label", "Anterior", "500 of 10,000"), ("most", "10", "5 of 10,000"),
    ] {
      _ = try browser.text(
        "(() => { const e = document.getElementById('\(id)'); e.value = '\(value)'; "
          + "e.dispatchEvent(new Event('input', { bubbles: true })); })()")
      #expect(try browser.settled(totals, at: expected) == expected, "after \(id)")
    }
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("the review queue begins with the worst trust; keys choose a run and show it")
  func queue() throws {
    let (browser, file) = (try Browser(isDark: true), try page(40))
    try browser.open(file)
    _ = try browser.text("document.querySelector('input[name=tab][value=queue]').click()")
    // 30 are segmented; of those 10 and 30 are reviewed.
    #expect(try browser.settled(totals, at: "28 of 40") == "28 of 40")
    #expect(try browser.text(first) == "Series 39")
    _ = try browser.text("document.activeElement.blur()")
    try browser.press("ArrowDown")
    try browser.press("j")
    #expect(try browser.settled("document.querySelector('.chosen .name').textContent", at: "Series 37") == "Series 37")
    try browser.press("d")
    #expect(try browser.settled("document.getElementById('details').open", at: "true") == "true")
    #expect(try browser.text("document.getElementById('details').textContent").contains("vigil audit review 37 accept"))
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("a question can be bookmarked, and fits a telephone")
  func address() throws {
    let (browser, file) = (try Browser(width: 390, height: 844, isPhone: true), try page(40))
    let asked = try #require(URL(string: file.absoluteString + "#tab=problems&sort=old"))
    try browser.open(asked)
    #expect(try browser.text(totals) == "10 of 40")
    #expect(try browser.text(first) == "Series 4")
    #expect(try browser.text("document.documentElement.scrollWidth") == "390")
    #expect(try browser.problems(opening: file).isEmpty)
  }
}
