import Foundation
import TestSupport
import Testing

@Suite("Results that a rule holds for a person")
struct HoldTests {
  /// A workplace whose model says that it was trained on scans of 1 mm.
  private func place(review: String) throws -> Workplace {
    let place = try Workplace(tiny: "outputs: [nifti, report]\nreview: \(review)")
    let shapes = Array(repeating: "[16, 18, 20]", count: 3).joined(separator: ", ")
    let spacings = Array(repeating: "[1.0, 1.0, 1.0]", count: 3).joined(separator: ", ")
    try Data(
      """
      {"spacings": [\(spacings)], "shapes_after_crop": [\(shapes)], "median_relative_size_after_cropping": 1.0,
       "foreground_intensity_properties_per_channel": {"0": {"max": 700, "mean": 200, "median": 150, "min": 0, "percentile_00_5": 1,
        "percentile_99_5": 690, "std": 100}}}
      """.utf8
    ).write(to: place.model.appending(path: "dataset_fingerprint.json"))
    return place
  }

  @Test(
    "a scan unlike the training scans waits for a person, a scan like them does not, and a verdict ends the waiting")
  func held() async throws {
    let place = try place(review: "doubtful")
    var thick = SyntheticSeries(description: "tiny thick", seed: 1)
    thick.spacing = 3
    try thick.write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "tiny sound", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await place.finish().status == 0, "what is held is written all the same")

    let held = "SELECT output_folder, verdict, warnings FROM runs JOIN trust ON run_id = id WHERE hold"
    let rows = try place.ask(held)
    #expect(rows.count == 1 && rows[0]["verdict"] == "doubtful")
    let folder = try #require(rows.first?["output_folder"])
    #expect(folder.contains("thick") && rows[0]["warnings"]?.contains("the largest spacing is 3 mm") == true, "\(rows)")
    #expect(try place.ask("SELECT verdict FROM trust WHERE NOT hold").map { $0["verdict"] } == ["good"])

    let report = try String(contentsOf: place.output.appending(path: "\(folder)/report.html"), encoding: .utf8)
    #expect(report.contains("The rule holds this result until a person has reviewed it."))
    #expect(report.contains("the largest spacing is 3 mm"))
    let page = { try String(contentsOf: place.output.appending(path: "index.html"), encoding: .utf8) }
    #expect(try page().components(separatedBy: #""h":true"#).count == 2)

    let output = place.output.path
    let queue = try await place.vigil("audit", "list", "--queue", "--csv", "--output", output)
    let lines = queue.output.split(whereSeparator: { $0.isNewline })
    #expect(lines.count == 3 && lines[1].contains("thick") && lines[1].contains("the largest spacing is 3 mm"))
    let run = try #require(try place.ask("SELECT run_id FROM trust WHERE hold").first?["run_id"])
    #expect(try await place.vigil("audit", "show", run, "--output", output).output.contains("held for review"))
    #expect(try await place.vigil("audit", "review", run, "accept", "--output", output).status == 0)
    let after = try await place.vigil("audit", "list", "--queue", "--csv", "--output", output)
    #expect(after.output.split(whereSeparator: { $0.isNewline }).count == 2)
    #expect(try page().contains(#""v":"accepted""#))
  }

  @Test("a rule that holds only poor results, or none, lets the doubtful pass", arguments: ["poor", "never"])
  func passes(review: String) async throws {
    let place = try place(review: review)
    var thick = SyntheticSeries(description: "tiny thick", seed: 1)
    thick.spacing = 3
    try thick.write(to: place.inbox.appending(path: "1"))
    #expect(try await place.finish().status == 0)
    #expect(try place.ask("SELECT verdict, hold FROM trust") == [["verdict": "doubtful", "hold": "0"]])
  }
}
