import Foundation
import TestSupport
import Testing
import Writers

@Suite struct RunCrateTests {
  private func crate(outcome: String = "segmented", error: String? = nil) -> RunCrate {
    let digest = String(repeating: "ab", count: 32)
    return RunCrate(
      run: "20261128T150000-0123", series: "1.2.840.1", rule: "hippocampus", model: digest, outcome: outcome,
      error: error, startedAt: "2026-11-28T15:00:00.000Z", finishedAt: "2026-11-28T15:00:09.500Z",
      software: "vigil 0.1", host: "host",
      inputs: [.init(name: "@0123456789abcdef/fedcba9876543210", bytes: 12, sha256: digest)],
      outputs: [
        .init(name: "segmentation.nii.gz", bytes: 34, sha256: digest),
        .init(name: "report.html", bytes: nil, sha256: nil),
        .init(name: "record.json", bytes: nil, sha256: nil),
      ])
  }

  /// `Golden/validate_crate.py` finds the golden crate valid; it was written by this test's own crate.
  @Test func writesTheCrateThatTheValidatorAccepts() throws {
    let golden = try Golden.data("crate/ro-crate-metadata.json")
    #expect(try Data(crate().json) == golden)
  }

  @Test func everyReferenceLeadsToANode() throws {
    let json = try JSONSerialization.jsonObject(with: Data(crate(outcome: "failed", error: "no model").json))
    let graph = try #require((json as? [String: Any])?["@graph"] as? [[String: Any]])
    let known = Set(graph.compactMap { $0["@id"] as? String })
    #expect(known.count == graph.count)
    let outside = ["http://schema.org/FailedActionStatus", "https://w3id.org/ro/crate/1.1"]
    for node in graph {
      for (key, value) in node where key != "@id" {
        for part in (value as? [Any]) ?? [value] {
          guard let id = (part as? [String: Any])?["@id"] as? String else { continue }
          #expect(known.contains(id) || outside.contains(id), "\(key): \(id)")
        }
      }
    }
    let run = try #require(graph.first { $0["@id"] as? String == "#run" })
    #expect(run["error"] as? String == "no model")
  }
}
