internal import Foundation
internal import Writers

/// How far a result is to be trusted, as the stage `postprocessed` put it on record: its fact `trust`. What is not there was not asked.
struct RecordedTrust: Decodable {
  struct Label: Decodable {
    let label: Int
    let name: String
    let expectedDice: Double?
    let foldDice: Double?
    let entropy: Double?
  }

  /// Under what it stands among the facts.
  static let factName = "trust"

  let score: Double?
  let verdict: ReportContent.Trust.Verdict
  let hold: Bool
  let perLabel: [Label]
  let warnings: [String]

  /// As the report shows it.
  var forReport: ReportContent.Trust {
    .init(
      expectedDice: score, verdict: verdict, isHeld: hold,
      labels: perLabel.map {
        .init(name: $0.name, expectedDice: $0.expectedDice, foldDice: $0.foldDice, entropy: $0.entropy)
      }, warnings: warnings)
  }

  /// As the list of all results shows it.
  var forIndex: RunSummary.Trust {
    .init(expectedDice: score, verdict: verdict, isHeld: hold, reasons: warnings)
  }
}

extension Facts {
  /// The trust on record among these facts of `postprocessed`; nil where there is none, or none that is understood.
  var trust: RecordedTrust? { self[RecordedTrust.factName]?.decoded(as: RecordedTrust.self) }
}
