import Digests
import Foundation
import Imaging
import TestSupport
import Testing
import Writers

@Suite("Texts in report.html")
struct ReportTextTests {
  static let hostile = [
    "</script><img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)", "' autofocus onfocus='alert(1)",
    "<!--<script>", "]]>", "&lt;b&gt;", "a\u{0}b\u{8}c\u{1B}[31m\u{7F}\u{85}\u{2028}\u{2029}d",
    "\u{202E}txt.exe\u{2066}",
    "</style><script>alert(1)</script>", "{{}}${alert(1)}`",
  ]

  /// `text` in every place that a text can stand in.
  private func content(_ text: String) -> ReportContent {
    var content = ReportSample.content()
    content.rule.name = text
    content.series = .init(studyDate: text, modality: text, description: text)
    content.names = [.init(value: 1, name: text), .init(value: 2, name: text)]
    content.reference?.source = text
    content.reference?.scores = [
      .init(
        value: 1, dice: .undefined(text), hd95: .undefined(text), nsd: .value(.nan), millilitres: .nan,
        referenceMillilitres: -.infinity)
    ]
    content.stages = [
      .init(name: text, startedAt: .distantPast, seconds: .infinity, facts: [.init(key: text, text: text)])
    ]
    content.skipped = [.init(name: text, reason: text)]
    content.notes = [.init(severity: .warning, text: text)]
    content.trust = .init(
      expectedDice: .nan, verdict: .poor, isHeld: true,
      labels: [.init(name: text, expectedDice: .infinity, foldDice: nil, entropy: .nan)], warnings: [text])
    content.model = .init(name: text, digest: SHA256Digest(of: text), configuration: text, folds: [text])
    (content.software, content.host, content.run) = (text, text, text)
    content.outputs = [.init(name: text, digest: SHA256Digest(of: text))]
    return content
  }

  @Test("hostile texts add no element, no attribute and no script", arguments: hostile)
  func escaped(_ text: String) throws {
    let page = try ReportReader(Report.html(content(text)))
    let plain = try ReportReader(Report.html(content("plain")))
    for tag in ["<script", "</script", "<img", "<style", "</style", "<b>", "<!--"] {
      #expect(count(tag, in: page.text) == count(tag, in: plain.text), "number of \(tag)")
    }
    let markup = page.text.components(separatedBy: "<script type=\"application/json\"")[0]
    for attribute in ["\" onmouseover", "' autofocus", "<img src=x"] { #expect(!markup.contains(attribute)) }
    #expect(page.description.labels.count == 2)
  }

  @Test("what is to be thought of the result stands at the page's head, and nothing of it where there is no judgement")
  func trust() throws {
    var content = ReportSample.content()
    let without = try ReportReader(Report.html(content)).text
    #expect(!without.contains("trust-title") && !without.contains("class=\"judgement\""))
    #expect(!without.contains("is to be expected"))
    content.trust = ReportSample.trust
    let page = try ReportReader(Report.html(content)).text
    let head = page.components(separatedBy: "id=\"viewer\"")[0]
    for words in [
      "<strong class=\"verdict poor\">poor</strong>", "a mean Dice of about 0.41 is to be expected",
      "The rule holds this result", "Voxels are 3 times thicker",
    ] { #expect(head.contains(words), "\(words)") }
    for words in ["<td data-title=\"Dice between folds\">0.520</td>", "<td data-title=\"Expected Dice\">-</td>"] {
      #expect(page.contains(words), "\(words)")
    }
    content.trust?.expectedDice = nil
    content.trust?.labels = []
    let vague = try ReportReader(Report.html(content)).text
    #expect(vague.contains("No Dice can be foretold") && !vague.contains("trust-title"))
  }

  @Test("control characters and marks that reverse text are gone, from the markup and from the data")
  func cleaned() throws {
    let text = try ReportReader(Report.html(content("a\u{0}b\u{1B}c\u{2028}d\u{202E}e\u{85}f"))).text
    #expect(text.contains("<h1>abcdef</h1>"))
    #expect(text.contains("\"name\":\"abcdef\""))
    let forbidden = text.unicodeScalars.filter { scalar in
      (scalar.value < 32 && scalar != "\n") || (0x7F...0x9F).contains(scalar.value)
        || [0x2028, 0x2029, 0x202E].contains(scalar.value)
    }
    #expect(forbidden.isEmpty)
  }

  @Test("an undefined score says why")
  func undefined() throws {
    let text = try ReportReader(Report.html(ReportSample.content())).text
    #expect(text.contains("not defined<small>both masks are empty</small>"))
    #expect(text.contains("0.667"))
  }

  @Test("the findings in words name volumes, what is missing and the lowest Dice")
  func findings() throws {
    let summary = try ReportReader(Report.html(ReportSample.content())).description.summary
    #expect(summary.contains("The model found Anterior 0.027 ml and Posterior 0.027 ml."))
    #expect(summary.contains("Not found: Tail."))
    #expect(summary.contains("the Dice is 0.667"))
  }

  @Test("no network, no inline handler, no style attribute: the policy admits only what it names by hash")
  func policy() throws {
    let text = try ReportReader(Report.html(ReportSample.content())).text
    let policy = try #require(text.firstMatch(of: /Content-Security-Policy" content="([^"]*)"/)).1
    #expect(policy.contains("default-src &#39;none&#39;"))
    #expect(!policy.contains("unsafe"))
    #expect(!text.contains("style=\""))
    #expect(text.firstMatch(of: /<[a-z][^>]* on[a-z]+=/) == nil)
    #expect(text.firstMatch(of: /(src|href)="(?!data:)/) == nil)
    let script = try #require(text.firstMatch(of: /<script>((?s).*?)<\/script>/)).1
    let hash = Data(SHA256Digest(of: String(script)).bytes).base64EncodedString()
    #expect(policy.contains("script-src &#39;sha256-\(hash)&#39;"))
  }

  @Test("the same content gives the same bytes")
  func deterministic() throws {
    #expect(try Report.html(ReportSample.content()) == Report.html(ReportSample.content()))
  }

  @Test("times are UTC with milliseconds")
  func times() throws {
    let text = try ReportReader(Report.html(ReportSample.content())).text
    #expect(text.contains("2026-11-23 06:35:17.250"))
    #expect(text.contains("2026-11-23 06:35:29.650"))
    #expect(text.contains("12.3 s"))
    #expect(text.contains("did not end"))
  }

  @Test("a map on another grid is refused, and the error says which")
  func grids() {
    var content = ReportSample.content()
    content.reference?.labels = ReportSample.boxes(ReportSample.geometry(20, 18, 15), shift: 0)
    #expect(
      throws: ReportError.gridsDiffer(map: "supplied mask", expected: [16, 18, 20], found: [15, 18, 20])
    ) { try Report.html(content) }
    content.reference = nil
    content.labels = ReportSample.boxes(ReportSample.geometry(20, 18, 16, spacing: SIMD3(1, 1, 1.1)), shift: 0)
    #expect(throws: ReportError.self) { try Report.html(content) }
  }

  private func count(_ part: String, in text: String) -> Int { text.components(separatedBy: part).count - 1 }
}
