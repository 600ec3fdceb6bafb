import Digests
import Foundation
import Imaging
import TestSupport
import Testing
import Writers

@Suite("index.html")
struct IndexPageTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What the page's script would read of a run.
  struct Row: Decodable, Equatable {
    struct Label: Decodable, Equatable {
      let n: String
      let v: Double
      let d: Double?
    }

    let id: String
    let rule: String
    let out: String
    let desc: String
    let at: Int64
    let href: String?
    let labels: [Label]
    let why: String?
  }

  private func run(_ number: Int, at seconds: Double? = nil, text: String = "T1") -> RunSummary {
    var run = RunSummary(
      id: String(number), rule: "hippocampus", outcome: .segmented,
      series: .init(studyDate: "2026-11-20", modality: "MR", description: text),
      startedAt: Date(timeIntervalSince1970: seconds ?? Double(number)), seconds: 12.34567,
      folder: ["hippocampus", "2026_MR_\(number)"], page: "report.html")
    run.labels = [.init(name: "Anterior", millilitres: 1.52, dice: 0.9), .init(name: "Posterior", millilitres: .nan)]
    return run
  }

  private func rows(_ page: [UInt8]) throws -> [Row] {
    let text = String(decoding: page, as: UTF8.self)
    let start = try #require(text.range(of: "id=\"runs\">"))
    let end = try #require(text.range(of: "</script>", range: start.upperBound..<text.endIndex))
    return try JSONDecoder().decode([Row].self, from: Data(text[start.upperBound..<end.lowerBound].utf8))
  }

  @Test("newest first, whatever the order the runs came in, and the same bytes")
  func order() throws {
    let forward = WholePage((1...40).map { run($0, at: Double($0 / 4)) })
    var random = SplitMix64(seed: 1)
    let shuffled = WholePage((1...40).shuffled(using: &random).map { run($0, at: Double($0 / 4)) })
    #expect(try forward.html() == shuffled.html())
    #expect(try rows(forward.html()).map { $0.id } == (1...40).reversed().map(String.init))
  }

  @Test("a run that is updated takes its own place")
  func updates() throws {
    var page = WholePage((2...5).map { run($0) })
    var changed = run(3, at: 100)
    changed.outcome = .failed
    changed.reason = "the model's file is damaged"
    page.update(changed)
    let found = try rows(page.html())
    #expect(found.map { $0.id } == ["3", "5", "4", "2"])
    #expect(found[0].out == "failed" && found[0].why == "the model's file is damaged")
    #expect(found[1].labels == [.init(n: "Anterior", v: 1.52, d: 0.9), .init(n: "Posterior", v: 0, d: nil)])
    #expect(found[1].href == "hippocampus/2026_MR_5/report.html")
  }

  @Test("an empty index is a page")
  func empty() throws { #expect(try rows(WholePage().html()).isEmpty) }

  @Test("hostile texts add no element", arguments: ReportTextTests.hostile)
  func hostile(_ text: String) throws {
    func page(_ text: String) throws -> String {
      var hostile = run(1, text: text)
      (hostile.id, hostile.rule, hostile.reason) = (text, text, text)
      hostile.labels = [.init(name: text, millilitres: .infinity, dice: .nan)]
      hostile.trust = .init(expectedDice: .nan, verdict: .poor, reasons: [text])
      hostile.review = .init(verdict: .rejected, note: text, reviewer: text, reviewedAt: .distantFuture)
      hostile.thumbnail = Array(text.utf8)
      let index = try WholePage(software: text, [hostile]).html()
      _ = try rows(index)
      return String(decoding: index, as: UTF8.self)
    }
    let (found, plain) = (try page(text), try page("plain"))
    for tag in ["<script", "</script", "<img", "<style", "<b>", "<a "] {
      #expect(found.components(separatedBy: tag).count == plain.components(separatedBy: tag).count, "number of \(tag)")
    }
    #expect(!found.contains("\u{2028}") && !found.contains("\u{202E}"))
  }

  @Test(
    "a link is made of safe names only",
    arguments: [["..", "x"], ["a/b"], ["javascript:alert(1)"], ["a b"], [""], [".hidden"], ["a", "http://x"]])
  func links(_ folder: [String]) throws {
    var hostile = run(1)
    hostile.folder = folder
    #expect(try rows(WholePage([hostile]).html())[0].href == nil)
  }

  /// The page that is made of the one on the disk and some new runs.
  private func page(on old: IndexFile, with news: [RunSummary], newest: [RunSummary]) throws -> [UInt8] {
    let fresh = Dictionary(uniqueKeysWithValues: news.map { ($0.id, $0.thumbnail) }).compactMapValues { $0 }
    var page = IndexPage(software: "vigil", newest: newest, pictures: IndexPictures(fresh: fresh, earlier: old))
    var bytes = page.head
    try old.lines(with: news.map { run throws(ReportError) in try IndexLine(run) }) { bytes += page.row($0) }
    try page.rest { bytes += $0 }
    return bytes
  }

  private func file(_ bytes: [UInt8]) throws -> IndexFile {
    try #require(try IndexFile.open(folder.write(bytes, to: "index.html")))
  }

  /// What begins and ends like a PNG, with `filling` in between.
  private static func png(_ filling: [UInt8]) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + filling + [
      0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]
  }

  @Test("small pictures come back from a page, and stay when a run is updated without one")
  func thumbnails() throws {
    let (one, other) = (Self.png([1]), Self.png([2, 3]))
    var (first, wrong, third) = (run(1), run(2), run(3))
    first.thumbnail = one
    wrong.thumbnail = Array(one.dropLast())
    third.thumbnail = other
    let before = try file(WholePage([first, wrong]).html())
    #expect(try before.picture(of: "1") == one)
    #expect(try before.picture(of: "2") == nil, "what is no PNG to its end is not taken over")
    #expect(try before.picture(of: "3") == nil)

    let next = try file(page(on: before, with: [run(1), third], newest: [third, wrong, first]))
    #expect(next.pictured == ["1", "3"])
    #expect(try next.picture(of: "1") == one && next.picture(of: "3") == other)
    third.thumbnail = one
    #expect(try file(page(on: next, with: [third], newest: [])).picture(of: "3") == one, "the newer one")
  }

  @Test(
    "pictures of a page that was cut off are not taken over, wherever the cut is; nor are large ones, or more than a page has"
  )
  func cutPictures() throws {
    var (first, second) = (run(1), run(2))
    (first.thumbnail, second.thumbnail) = (Self.png([1, 2, 3, 4, 5, 6]), Self.png([7]))
    let whole = try WholePage([first, second]).html()
    #expect(try file(whole).pictured == ["1", "2"])
    let closing = "</script>\n</body>\n</html>\n".utf8.count
    for missing in closing...closing + 100 { #expect(try file(whole.dropLast(missing)).pictured == [], "\(missing)") }
    #expect(try file(whole.dropLast(closing - 10)).pictured == ["1", "2"])

    first.thumbnail = Self.png([UInt8](repeating: 1, count: 65_536))
    #expect(try file(WholePage([first, second]).html()).picture(of: "1") == nil)
    let text = String(decoding: whole, as: UTF8.self)
    let junk = (0..<200).map { _ in "x \(String(repeating: "A", count: 99_000))\n" }.joined()
    #expect(try file(Array(text.replacing("Mg== ", with: "\(junk)Mg== ").utf8)).pictured == [])
  }

  @Test("a page that is made on from the one on the disk, run by run, has the bytes of one that was made at once")
  func continuing() throws {
    var (whole, bytes) = (WholePage(), try WholePage().html())
    var random = SplitMix64(seed: 2)
    var numbers = ((1...250).shuffled(using: &random) + [3, 249])[...]
    while !numbers.isEmpty {
      // One at a time or several, among them one twice changed.
      let news = numbers.prefix(Int.random(in: 1...4, using: &random)).map { number in
        var summary = run(number, at: Double(number / 3), text: "</script> ] , \(number) {\"id\":\"9\"}")
        summary.thumbnail = Self.png([UInt8(number % 256)])
        return summary
      }
      numbers = numbers.dropFirst(news.count)
      for run in news { whole.update(run) }
      let newest = try whole.runs.values.map { (run: $0, line: try IndexLine($0)) }.sorted { $0.line < $1.line }
      bytes = try page(on: file(bytes), with: news, newest: newest.prefix(IndexPage.plainRows).map { $0.run })
    }
    #expect(try bytes == whole.html())
    #expect(try file(bytes).digest == SHA256Digest(of: bytes))
  }

  /// The runs of a page with this text.
  private func lines(_ text: String) throws -> [String] {
    var found: [String] = []
    try file(Array(text.utf8)).lines { found.append($0.id) }
    return found
  }

  @Test("a file that is no page of ours, or cut off within its lines, gives none or says so")
  func foreign() throws {
    let text = String(decoding: try WholePage([run(1), run(2)]).html(), as: UTF8.self)
    #expect(try lines(text) == ["2", "1"])
    for noPage in ["", "<html>", String(text.prefix(9000))] { #expect(try lines(noPage) == []) }
    #expect(throws: IndexFile.Foreign.self) { try lines(text.replacing("{\"at\":", with: "{\"when\":")) }
    #expect(throws: IndexFile.Foreign.self) { try lines(text.replacing("},\n{", with: "}\n{")) }
    #expect(throws: IndexFile.Foreign.self) { try lines(text.replacing("},\n{", with: "},\nalert(1),\n{")) }
    let long = String(repeating: "A", count: 3 << 20)
    #expect(
      try lines(text.replacing("<main>", with: "\(long)\n<main>")) == ["2", "1"], "a long line elsewhere does no harm")
    #expect(throws: IndexFile.Foreign.self) { try lines(text.replacing("},\n{", with: "},\n\(long),\n{")) }
  }

  @Test("a long reason is cut short on the page, so that its line can be read again")
  func longReason() throws {
    var failed = run(1)
    failed.reason = String(repeating: "why ", count: 1 << 20)
    let page = String(decoding: try WholePage([failed, run(2)]).html(), as: UTF8.self)
    #expect(try lines(page) == ["2", "1"])
    #expect(try rows(Array(page.utf8)).last?.why?.count == 2000)
  }

  @Test("a page that is changed in place after it was looked through says so", arguments: [0, 30])
  func changed(by bytes: Int) throws {
    let whole = try WholePage((1...9).map { run($0) }).html()
    let file = try file(whole)
    let second = try #require(String(decoding: whole, as: UTF8.self).range(of: "},\n{"))
    let place = String(decoding: whole, as: UTF8.self)[..<second.upperBound].utf8.count - 1
    let handle = try FileHandle(forUpdating: folder.file("index.html"))
    if bytes == 0 {
      try handle.truncate(atOffset: UInt64(place))
    } else {
      // Another run's number in place of its own: still a line like ours.
      let found = try #require(String(decoding: whole, as: UTF8.self).range(of: "\"id\":\"5\""))
      try handle.seek(toOffset: UInt64(String(decoding: whole, as: UTF8.self)[..<found.lowerBound].utf8.count + 6))
      try handle.write(contentsOf: Data("7".utf8))
    }
    try handle.close()
    #expect(throws: IndexFile.Foreign.self) { try file.lines { _ in } }
  }

  @Test("what is no file, or too large for a page, is none; a pipe is not waited for")
  func noFile() throws {
    #expect(try IndexFile.open(folder.file("none.html")) == nil)
    _ = try folder.write(WholePage([run(1)]).html(), to: "index.html")
    try FileManager.default.createSymbolicLink(
      at: folder.file("link.html"), withDestinationURL: folder.file("index.html"))
    #expect(try IndexFile.open(folder.file("link.html")) == nil, "a link is not followed")
    #expect(try IndexFile.open(folder.url) == nil, "a folder")
    #expect(mkfifo(folder.file("pipe.html").path, 0o600) == 0)
    #expect(try IndexFile.open(folder.file("pipe.html")) == nil)
    let large = try FileHandle(forWritingTo: folder.write([], to: "large.html"))
    try large.truncate(atOffset: 2 << 30)
    try large.close()
    #expect(try IndexFile.open(folder.file("large.html")) == nil)
  }

  @Test("ten thousand runs: pictures of the newest until the budget is spent, the page stays below 20 MB")
  func many() throws {
    let png = Self.png([UInt8](repeating: 7, count: 2480))
    let page = WholePage(
      (1...10_000).map { number in
        var summary = run(number)
        summary.thumbnail = png
        return summary
      })
    let bytes = try page.html()
    #expect(bytes.count < 20_000_000)
    let kept = try file(bytes)
    #expect(try kept.picture(of: "10000") == png && kept.picture(of: "1") == nil)
    #expect(kept.pictured.count > 3000)
    #expect(try rows(bytes).count == 10_000)
  }

  @Test("a run's small picture is a PNG of a few kilobytes")
  func thumbnail() throws {
    let content = ReportSample.content(ReportSample.geometry(60, 50, 40))
    let scan = try SegmentedScan(
      image: content.image, labels: content.labels, names: [.init(value: 1, name: "Anterior")], modality: "MR",
      title: "")
    let png = try #require(Thumbnail.png(for: scan))
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    // Width and height in the IHDR chunk (PNG, third edition, 11.2.1).
    #expect(Array(png[16..<24]) == [0, 0, 0, 64, 0, 0, 0, 64])
    #expect(png.count < 10_000)
  }
}
