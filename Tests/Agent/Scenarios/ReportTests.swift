import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Report and record of a run")
struct ReportTests {
  private let series = SyntheticSeries(description: "tiny", seed: 7)

  private func writeMask(_ place: Workplace) throws {
    let voxels = series.volume.voxels.map { UInt16($0 > 500 ? 1 : 0) }
    let mask = LabelMap(geometry: series.geometry, voxels: voxels)
    try NIfTI.write(mask, to: place.inbox.appending(path: "case/mask.nii.gz"))
  }

  private func page(_ place: Workplace) throws -> String {
    let folder = try #require(try place.runs().first?["output_folder"])
    return try String(contentsOf: place.output.appending(path: "\(folder)/report.html"), encoding: .utf8)
  }

  private func expectVerified(_ place: Workplace, _ here: SourceLocation = #_sourceLocation) async throws {
    let audit = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(audit.status == 0, "\(audit.output)", sourceLocation: here)
  }

  @Test("the report is sealed with the run: its digest is on record, and it draws the mask that was there")
  func sealed() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try series.write(to: place.inbox.appending(path: "case"))
    try writeMask(place)
    #expect(try await place.finish().status == 0)
    let digests = try place.ask("SELECT sha256 FROM files WHERE role = 'output' AND path LIKE '%/report.html'")
    #expect(digests.count == 1)
    let page = try page(place)
    #expect(page.contains(#"id="reference-0""#), "the mask's voxels are in the page")
    #expect(page.contains("<th scope=\"col\">Dice</th>"))
    try await expectVerified(place)

    let folder = try #require(try place.runs().first?["output_folder"])
    let file = place.output.appending(path: "\(folder)/report.html")
    try Data((page + " ").utf8).write(to: file)
    let changed = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(changed.status == 1 && changed.output.contains("report.html: its bytes have changed"))
  }

  @Test("a mask that comes late is drawn in the report, whose new digest is on record")
  func late() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try series.write(to: place.inbox.appending(path: "case"))
    #expect(try await place.finish().status == 0)
    #expect(try !page(place).contains("<th scope=\"col\">Dice</th>"))
    try writeMask(place)
    #expect(try await place.finish().status == 0)
    #expect(try page(place).contains(#"id="reference-0""#))
    #expect(try place.ask("SELECT 1 FROM events WHERE kind = 'output-rewritten'").count == 1)
    try await expectVerified(place)

    let second = LabelMap(geometry: series.geometry, voxels: series.volume.voxels.map { $0 > 600 ? 2 : 0 })
    try NIfTI.write(second, to: place.inbox.appending(path: "case/label2.nii.gz"))
    #expect(try await place.finish().status == 0)
    #expect(try page(place).contains(", first: Dice "), "the first mask's scores are told in words")
    try await expectVerified(place)
  }

  @Test(
    "what a crash left between a late score and its record is made good at the next start", arguments: [false, true])
  func recovered(reportIsWritten: Bool) async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try series.write(to: place.inbox.appending(path: "case"))
    #expect(try await place.finish().status == 0)
    let folder = place.output.appending(path: try #require(try place.runs().first?["output_folder"]))
    let before = try ["record.json", "report.html"].map { name in
      (name, try Data(contentsOf: folder.appending(path: name)))
    }
    try writeMask(place)
    #expect(try await place.finish().status == 0)
    // The files as they were before the mask, as if the agent had been killed right after the score's transaction.
    for (name, bytes) in before where name == "record.json" || !reportIsWritten {
      try bytes.write(to: folder.appending(path: name))
    }
    // And half a record, written aside.
    try Data("{".utf8).write(to: folder.appending(path: ".record.json.partial-0123456789abcdef"))
    try place.forgetEvents(after: reportIsWritten ? "output-rewritten" : "scores-recorded")
    #expect(try await place.finish().status == 0)
    let record = try place.record(in: try #require(try place.runs().first?["output_folder"]))
    #expect(record.scores == 3)
    #expect(try place.hidden().isEmpty)
    #expect(try page(place).contains("<th scope=\"col\">Dice</th>"))
    try await expectVerified(place)
  }
}
