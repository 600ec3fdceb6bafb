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
    var page = WholePage()
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
        let expected = 1 - Double(number) / Double(count + 1)
        run.trust = .init(
          expectedDice: expected, verdict: expected < 0.3 ? .poor : expected < 0.6 ? .doubtful : .good,
          isHeld: expected < 0.1, reasons: expected < 0.6 ? ["Folds disagree."] : [])
      } else {
        run.reason = "the disk is full"
      }
      if number.isMultiple(of: 10) { run.review = .init(verdict: .accepted, note: "", reviewedAt: run.startedAt) }
      page.update(run)
    }
    return try folder.write(try page.html(), to: "index.html")
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
    let codes = "[...document.querySelectorAll('#details .command code')].map((e) => e.textContent).join()"
    let tree = folder.url.resolvingSymlinksInPath().path
    #expect(
      try browser.text(codes)
        == "vigil audit review 37 accept --output '\(tree)',vigil audit review 37 reject --output '\(tree)'")
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test(
    "no label's volume and no figure's name is cut off, whatever the window's width; what does not fit is counted",
    arguments: [1400, 1200, 1151, 1150, 1000, 390])
  func chips(width: Int) throws {
    var page = WholePage()
    for number in 1...4 {
      var run = RunSummary(
        id: "20261120T101112Z-00000\(number)", rule: "hippocampus", outcome: .segmented,
        series: .init(studyDate: "2026-11-20", modality: "MR", description: "hcrop-label-37-of-ch2"),
        startedAt: Date(timeIntervalSince1970: 1_795_000_000), seconds: 30, folder: ["rule", "run"], page: "report.html"
      )
      run.labels = ["Anterior", "Posterior", "Anterior+Posterior", "Tail", "Head"].prefix(number + 1).map {
        .init(name: $0, millilitres: 1.67, dice: 0.62)
      }
      run.trust = .init(expectedDice: 0.84, verdict: .doubtful)
      page.update(run)
    }
    let file = try folder.write(try page.html(), to: "chips.html")
    let browser = try Browser(width: width, height: 900, isPhone: width < 600)
    try browser.open(file)
    let cut = try browser.text(
      "[...document.querySelectorAll('.chip')].filter((e) => { const a = e.getBoundingClientRect(); "
        + "const b = e.parentElement.getBoundingClientRect(); return a.bottom > b.bottom + 1 || a.top < b.top - 1 || a.right > b.right + 1; }).length"
    )
    #expect(cut == "0")
    let shortened = try browser.text(
      "[...document.querySelectorAll('.chip')].filter((e) => /^(Anterior|Posterior) /.test(e.textContent) && e.scrollWidth > e.clientWidth).length"
    )
    #expect(shortened == "0")
    let counts = try browser.text(
      "[...document.querySelectorAll('.chips')].map((e) => [...e.children].reduce((n, c) => "
        + "n + (c.className.includes('more') ? Number(c.textContent) : 1), 0)).join()")
    #expect(counts == "5,4,3,2", "shown and counted labels, newest run first")
    let names = try browser.text(
      "[...document.querySelectorAll('.figure small')].map((e) => e.scrollWidth > e.clientWidth ? 'cut' : e.textContent).join()"
    )
    #expect(names == Array(repeating: "lowest Dice,expected Dice", count: 4).joined(separator: ","))
    #expect(try browser.problems(opening: file).isEmpty)
  }

  @Test("can be read in both themes and by a screen reader, the details too", arguments: [false, true])
  func access(isDark: Bool) throws {
    let (browser, file) = (try Browser(isDark: isDark), try page(40))
    try browser.open(file)
    #expect(try browser.faintTexts() == "")
    #expect(try browser.unnamed() == "")
    #expect(try browser.focusOrder(5) == ["theme", "tab", "search", "sort", "more"])
    _ = try browser.text("document.getElementById('more').click()")
    _ = try browser.text("document.querySelector('.row button').click()")
    #expect(try browser.settled("document.getElementById('details').open", at: "true") == "true")
    #expect(try browser.faintTexts() == "")
    #expect(try browser.unnamed() == "")
  }

  @Test("runs can be asked for by the judgement on them, and by what a person said")
  func judgements() throws {
    let (browser, file) = (try Browser(), try page(40))
    for (question, expected, top) in [
      ("#verdict=poor&sort=trust", "9 of 40", "Series 39"), ("#verdict=held", "3 of 40", "Series 39"),
      ("#verdict=none", "10 of 40", "Series 40"), ("#trust=0.2", "6 of 40", "Series 39"),
      ("#review=accepted", "4 of 40", "Series 40"), ("#search=disagree%20poor", "9 of 40", "Series 39"),
    ] {
      // From the page itself a new question would only move within it.
      try browser.call("Page.navigate", ["url": "about:blank"])
      try browser.wait(for: "document.URL === 'about:blank'")
      try browser.open(try #require(URL(string: file.absoluteString + question)))
      #expect(try browser.settled(totals, at: expected) == expected, "\(question)")
      #expect(try browser.text(first) == top, "\(question)")
    }
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
