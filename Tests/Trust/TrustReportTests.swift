import Foundation
import Testing
import Trust

@Suite struct TrustReportTests {
  @Test func writesWhatIsUnknownAsNullAndReadsItBack() throws {
    let report = TrustReport(
      score: nil, verdict: .doubtful, hold: true,
      perLabel: [.init(label: 1, name: "Anterior", expectedDice: nil, foldDice: 0.5, entropy: nil)],
      warnings: ["not calibrated"])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(report)
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"hold":true,"perLabel":[{"entropy":null,"expectedDice":null,"foldDice":0.5,"label":1,"name":"Anterior"}],"score":null,"verdict":"doubtful","warnings":["not calibrated"]}"#
    )
    #expect(try JSONDecoder().decode(TrustReport.self, from: json) == report)
  }

  @Test func worseVerdictsComeFirst() {
    #expect(TrustReport.Verdict.allCases.sorted() == [.poor, .doubtful, .good])
  }
}
