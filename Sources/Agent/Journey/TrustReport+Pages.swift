internal import Foundation
internal import Trust
internal import Writers

/// What the stage `postprocessed` put on record, as the pages show it.
extension TrustReport {
  /// Under what it stands among the facts.
  static let factName = "trust"

  /// As the report shows it.
  var forReport: ReportContent.Trust {
    .init(
      expectedDice: score, verdict: verdict.forPages, isHeld: hold,
      labels: perLabel.map {
        .init(name: $0.name, expectedDice: $0.expectedDice, foldDice: $0.foldDice, entropy: $0.entropy)
      }, warnings: warnings)
  }

  /// As the list of all results shows it.
  var forIndex: RunSummary.Trust {
    .init(expectedDice: score, verdict: verdict.forPages, isHeld: hold, reasons: warnings)
  }
}

extension TrustReport.Verdict {
  fileprivate var forPages: ReportContent.Trust.Verdict {
    switch self {
    case .good: .good
    case .doubtful: .doubtful
    case .poor: .poor
    }
  }
}

extension Facts {
  /// The trust on record among these facts of `postprocessed`; nil where there is none, or none that is understood.
  var trust: TrustReport? { self[TrustReport.factName]?.decoded(as: TrustReport.self) }
}
