import Foundation

/// A run as the index page's script reads it. Short keys: there may be ten thousand.
struct IndexRow: Encodable {
  struct Label: Encodable {
    let n: String
    let v: Double
    let d: Double?
  }

  struct Trust: Encodable {
    let s: Double?
    let v: ReportContent.Trust.Verdict
    let h: Bool
    let r: [String]
  }

  struct Review: Encodable {
    let v: RunSummary.Review.Verdict
    let n: String
    let by: String
    let t: Int64
  }

  /// Characters of a reason; its `reason.txt` has all of them.
  private static let longestReason = 2000

  let id: String
  let rule: String
  let out: RunSummary.Outcome
  let desc: String
  let mod: String
  let date: String
  let at: Int64
  let sec: Double?
  let href: String?
  let labels: [Label]
  let why: String?
  let trust: Trust?
  let rev: Review?

  init(_ run: RunSummary) {
    id = PlainText.cleaned(run.id)
    rule = PlainText.cleaned(run.rule)
    out = run.outcome
    desc = PlainText.cleaned(run.series.description)
    mod = PlainText.cleaned(run.series.modality)
    date = PlainText.cleaned(run.series.studyDate)
    at = Self.milliseconds(run.startedAt)
    sec = Self.rounded(run.seconds, to: 1000)
    href = Self.link(run)
    labels = run.labels.map {
      Label(
        n: PlainText.cleaned($0.name), v: Self.rounded($0.millilitres, to: 10_000) ?? 0,
        d: Self.rounded($0.dice, to: 10_000))
    }
    why = run.reason.map { PlainText.cleaned(String($0.prefix(Self.longestReason))) }
    trust = run.trust.map {
      Trust(
        s: Self.rounded($0.expectedDice, to: 1000), v: $0.verdict, h: $0.isHeld, r: $0.reasons.map(PlainText.cleaned))
    }
    rev = run.review.map {
      Review(
        v: $0.verdict, n: PlainText.cleaned($0.note), by: PlainText.cleaned($0.reviewer),
        t: Self.milliseconds($0.reviewedAt))
    }
  }

  /// Milliseconds since 1970, UTC.
  static func milliseconds(_ date: Date) -> Int64 {
    Int64(max(-9e15, min(9e15, (date.timeIntervalSince1970 * 1000).rounded())))
  }

  /// A relative address out of safe names only, so that no text of a file can lead elsewhere.
  static func link(_ run: RunSummary) -> String? {
    guard let page = run.page else { return nil }
    let names = run.folder + [page]
    return names.allSatisfy(OutputName.isSafe) ? names.joined(separator: "/") : nil
  }

  /// Four places suffice for a list, and keep it small. nil for what is not a number.
  private static func rounded(_ value: Double?, to parts: Double) -> Double? {
    guard let value, value.isFinite, abs(value) < 1e12 else { return nil }
    return (value * parts).rounded() / parts
  }
}
