import Foundation
import GRDB
import Imaging
import TestSupport
import Testing

@Suite("vigil audit review")
struct ReviewTests {
  private func page(_ place: Workplace) throws -> String {
    try String(contentsOf: place.output.appending(path: "index.html"), encoding: .utf8)
  }

  /// A workplace with one segmented and one unmatched run.
  private func place() async throws -> (Workplace, run: String, unmatched: String) {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await place.finish().status == 0)
    let runs = try place.runs()
    let id = { (outcome: String) in runs.first { $0["outcome"] == outcome }?["id"] }
    return (place, try #require(id("segmented")), try #require(id("unmatched")))
  }

  @Test(
    "a verdict is on record, on the page and in the run's record at once; a later one supersedes it; a restart keeps it"
  )
  func verdict() async throws {
    let (place, run, unmatched) = try await place()
    let output = place.output.path
    #expect(try !page(place).contains("\"rev\""))
    #expect(try page(place).contains(run))
    let first = try await place.vigil("audit", "review", run, "accept", "--output", output)
    #expect(first.status == 0 && first.output.contains("index.html shows it"), "\(first.log)")
    let note = "it's <b>flipped</b> & $(half) missing"
    let second = try await place.vigil(
      "audit", "review", run, "reject", "--note", note, "--by", "A. Reader", "--output", output)
    #expect(second.output.contains("which was accepted before, is rejected"))
    for _ in 1...2 {
      let shown = try page(place)
      #expect(shown.contains(#""v":"rejected""#) && !shown.contains(#""v":"accepted""#))
      #expect(shown.contains("A. Reader") && !shown.contains("<b>flipped"))
      #expect(try await place.finish().status == 0)
    }
    #expect(
      try place.ask("SELECT verdict, note, reviewer FROM reviews") == [
        ["verdict": "accepted", "note": "", "reviewer": ""],
        ["verdict": "rejected", "note": note, "reviewer": "A. Reader"],
      ])
    let folder = try #require(
      try place.ask("SELECT output_folder FROM runs WHERE outcome = 'segmented'").first?.values.first)
    let record = try String(contentsOf: place.output.appending(path: "\(folder)/record.json"), encoding: .utf8)
    #expect(record.contains("run-reviewed"))
    #expect(try await place.vigil("audit", "verify", "--output", output).status == 0)

    for (words, status) in [
      ([unmatched, "accept"], Int32(1)), (["2", "accept"], 1), (["none", "accept"], 1), ([run, "maybe"], 64),
      ([run, "accept", "--note", String(repeating: "x", count: 1001)], 64),
    ] {
      let wrong = try await Vigil.run(["audit", "review"] + words + ["--output", output], streams: place.folder.url)
      #expect(wrong.status == status, "\(words)")
    }
    #expect(try place.ask("SELECT 1 FROM reviews").count == 2)
    let nowhere = try await place.vigil("audit", "review", run, "accept", "--output", place.inbox.path)
    #expect(nowhere.status == 69 && nowhere.log.contains("nothing has been recorded there"))
  }

  /// A judgement as the stage `postprocessed` puts it on record.
  private static let trust = """
    {"score": 0.412, "verdict": "poor", "hold": true, "perLabel": [{"label": 1, "name": "first", "expectedDice": 0.4, \
    "foldDice": null, "entropy": 0.25}], "warnings": ["Voxels are 3 times thicker than in any training scan."]}
    """

  @Test(
    "what a run is to be trusted is on the list of results and in its report, and in one that is made again")
  func trust() async throws {
    let (place, run, _) = try await place()
    let folder = try #require(try place.runs().first { $0["id"] == run }?["output_folder"])
    let report = { try String(contentsOf: place.output.appending(path: "\(folder)/report.html"), encoding: .utf8) }
    #expect(try page(place).contains("\"trust\":") && report().contains("id=\"trust-title\""))
    #expect(try !report().contains("Voxels are 3 times thicker"))
    let database = try DatabaseQueue(path: place.output.appending(path: "audit.sqlite").path)
    try await database.write { db in
      try db.execute(sql: "DROP TRIGGER stage_no_update")
      try db.execute(
        sql: "UPDATE stage SET facts = json_set(facts, '$.trust', json(?)) WHERE stage = 'postprocessed'",
        arguments: [Self.trust])
    }
    try database.close()
    let series = SyntheticSeries(description: "tiny", seed: 1)
    let mask = LabelMap(geometry: series.geometry, voxels: series.volume.voxels.map { $0 > 500 ? 1 : 0 })
    try NIfTI.write(mask, to: place.inbox.appending(path: "1/mask.nii.gz"))
    #expect(try await place.finish().status == 0)
    #expect(try page(place).contains(#""trust":{"h":true,"r":["Voxels are 3 times thicker"#))
    #expect(try page(place).contains(#""s":0.412,"v":"poor"}"#))
    let made = try report()
    #expect(made.contains("id=\"trust-title\"") && made.contains("a mean Dice of about 0.41 is to be expected"))
    #expect(made.contains("The rule holds this result") && made.contains("Voxels are 3 times thicker"))
    #expect(!made.contains("expectedDice"), "the fact is shown once, not among those of its stage, too")
  }

  @Test("an agent at work takes a verdict in and shows it, without being told")
  func whileWatching() async throws {
    let (place, run, _) = try await place()
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.isHeld(by: agent) }, "\(agent.log)")
    let said = try await place.vigil("audit", "review", run, "accept", "--output", place.output.path)
    #expect(said.status == 0 && said.output.contains("the agent at work"), "\(said.output)\(said.log)")
    #expect(try await agent.waits { try page(place).contains(#""v":"accepted""#) })
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(try await place.vigil("audit", "verify", "--output", place.output.path).status == 0)
  }
}
