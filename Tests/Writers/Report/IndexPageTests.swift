import Foundation
import Imaging
import TestSupport
import Testing
import Writers

@Suite("index.html")
struct IndexPageTests {
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
    var forward = IndexPage(software: "vigil 0.1.0")
    var shuffled = forward
    for number in 1...40 { try forward.update(run(number, at: Double(number / 4))) }
    var random = SplitMix64(seed: 1)
    for number in (1...40).shuffled(using: &random) { try shuffled.update(run(number, at: Double(number / 4))) }
    #expect(forward.html() == shuffled.html())
    #expect(try rows(forward.html()).map { $0.id } == (1...40).reversed().map(String.init))
  }

  @Test("a run that is updated takes its own place, one that is removed is gone")
  func updates() throws {
    var page = IndexPage(software: "vigil")
    for number in 1...5 { try page.update(run(number)) }
    var changed = run(3, at: 100)
    changed.outcome = .failed
    changed.reason = "the model's file is damaged"
    try page.update(changed)
    page.remove(run: "1")
    page.remove(run: "1")
    #expect(page.count == 4)
    let found = try rows(page.html())
    #expect(found.map { $0.id } == ["3", "5", "4", "2"])
    #expect(found[0].out == "failed" && found[0].why == "the model's file is damaged")
    #expect(found[1].labels == [.init(n: "Anterior", v: 1.52, d: 0.9), .init(n: "Posterior", v: 0, d: nil)])
    #expect(found[1].href == "hippocampus/2026_MR_5/report.html")
  }

  @Test("an empty index is a page")
  func empty() throws { #expect(try rows(IndexPage(software: "vigil").html()).isEmpty) }

  @Test("hostile texts add no element", arguments: ReportTextTests.hostile)
  func hostile(_ text: String) throws {
    func page(_ text: String) throws -> String {
      var hostile = run(1, text: text)
      (hostile.id, hostile.rule, hostile.reason) = (text, text, text)
      hostile.labels = [.init(name: text, millilitres: .infinity, dice: .nan)]
      hostile.trust = .init(expectedDice: .nan, verdict: .poor, reasons: [text])
      hostile.review = .init(verdict: .rejected, note: text, reviewer: text, reviewedAt: .distantFuture)
      hostile.thumbnail = Array(text.utf8)
      var index = IndexPage(software: text)
      try index.update(hostile)
      _ = try rows(index.html())
      return String(decoding: index.html(), as: UTF8.self)
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
    var page = IndexPage(software: "vigil")
    try page.update(hostile)
    #expect(try rows(page.html())[0].href == nil)
  }

  @Test("small pictures come back from a page, and stay when a run is updated without one")
  func thumbnails() throws {
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 1, 2, 3]
    var first = run(1)
    first.thumbnail = png
    var wrong = run(2)
    wrong.thumbnail = [1, 2, 3]
    var page = IndexPage(software: "vigil")
    try page.update(first)
    try page.update(wrong)
    try page.update(run(1))
    #expect(IndexPage.thumbnails(in: page.html()) == ["1": png])
    #expect(IndexPage.thumbnails(in: Array("<html>".utf8)).isEmpty)

    let before = page.html()
    var after = try #require(IndexPage(continuing: before, newest: page.newest, software: "vigil"))
    #expect(IndexPage.thumbnails(in: after.html()).isEmpty)
    #expect(after.html(earlier: IndexPage.thumbnails(in: before)) != before, "what is no PNG is not taken over")
    after.remove(run: "2")
    var third = run(3)
    third.thumbnail = png + [4]
    try after.update(third)
    let next = after.html(earlier: ["1": png, "2": png, "3": png])
    #expect(IndexPage.thumbnails(in: next) == ["1": png, "3": png + [4]], "the newer one; none of a run that is gone")
  }

  @Test("a page that is made on from the one on the disk, run by run, has the bytes of one that was made at once")
  func continuing() throws {
    var (whole, bytes, newest) = (IndexPage(software: "vigil"), IndexPage(software: "vigil").html(), [RunSummary]())
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 9]
    var random = SplitMix64(seed: 2)
    for number in (1...250).shuffled(using: &random) + [3, 249] {
      var summary = run(number, at: Double(number / 3), text: "</script> ] , \(number)")
      summary.thumbnail = png + [UInt8(number % 256)]
      try whole.update(summary)
      var page = try #require(IndexPage(continuing: bytes, newest: newest, software: "vigil"))
      try page.update(summary)
      (bytes, newest) = (page.html(earlier: IndexPage.thumbnails(in: bytes)), page.newest)
    }
    #expect(bytes == whole.html() && newest.count == 100)
    let fewer = Array(newest.dropLast())
    #expect(IndexPage(continuing: bytes, newest: fewer, software: "vigil") == nil, "not those of its table")
    #expect(IndexPage(continuing: Array(bytes.prefix(9000)), newest: newest, software: "vigil") == nil, "cut off")
    #expect(IndexPage(continuing: Array("<html>".utf8), newest: [], software: "vigil") == nil)
  }

  @Test("ten thousand runs: pictures of the newest until the budget is spent, the page stays below 20 MB")
  func many() throws {
    var page = IndexPage(software: "vigil")
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47] + [UInt8](repeating: 7, count: 2496)
    for number in 1...10_000 {
      var summary = run(number)
      summary.thumbnail = png
      try page.update(summary)
    }
    let bytes = page.html()
    #expect(bytes.count < 20_000_000)
    let kept = IndexPage.thumbnails(in: bytes)
    #expect(kept["10000"] == png && kept["1"] == nil)
    #expect(kept.count > 3000)
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
