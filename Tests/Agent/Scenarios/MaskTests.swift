import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Supplied masks")
struct MaskTests {
  /// When the mask comes.
  enum Order: String, CaseIterable, Sendable { case before, with, after }

  private let series = SyntheticSeries(description: "tiny", seed: 7)

  private func writeScan(_ place: Workplace) throws { try series.write(to: place.inbox.appending(path: "case")) }

  /// The ball that the synthetic scan shows, as label 1, on `geometry`.
  private func writeMask(_ place: Workplace, on geometry: Geometry? = nil, name: String = "mask.nii.gz") throws {
    let geometry = geometry ?? series.geometry
    let centre = series.geometry.position(i: 10, j: 9, k: 8)
    var labels = [UInt16](repeating: 0, count: geometry.count)
    for index in labels.indices {
      let (i, j) = (index % geometry.width, index / geometry.width % geometry.height)
      let position = geometry.position(
        i: Double(i), j: Double(j), k: Double(index / geometry.width / geometry.height))
      if (position - centre).length < 5 { labels[index] = 1 }
    }
    let folder = place.inbox.appending(path: "case")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try NIfTI.write(LabelMap(geometry: geometry, voxels: labels), to: folder.appending(path: name))
  }

  /// The only run's folder and its record.
  private func record(_ place: Workplace) throws -> Workplace.Record {
    let run = try #require(try place.runs().first)
    return try place.record(in: try #require(run["output_folder"]))
  }

  private func scores(_ place: Workplace) throws -> [[String: String]] {
    try place.ask("SELECT * FROM scores ORDER BY label")
  }

  @Test(
    "a mask before, with or after the scan is scored once, without running the network again", arguments: Order.allCases
  )
  func orders(order: Order) async throws {
    let place = try Workplace()
    if order != .after { try writeMask(place) }
    if order == .before {
      let end = try await place.finish()
      #expect(end.status == 0 && end.log.contains("nothing new"), "\(end.log)")
    }
    try writeScan(place)
    #expect(try await place.finish().status == 0)
    if order == .after {
      #expect(try scores(place).isEmpty && record(place).scores == 0)
      try writeMask(place)
      let end = try await place.finish()
      #expect(end.status == 0 && !end.log.contains("inferred in"), "\(end.log)")
    }
    for _ in 0..<2 {
      #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
      let scores = try scores(place)
      #expect(scores.map { $0["label_name"] } == ["first", "second", "third"])
      #expect(try record(place).scores == 3)
      #expect(try place.ask("SELECT 1 FROM files WHERE role = 'reference'").count == 1)
      try await place.expectWhole()
      #expect(try await place.finish().status == 0)
    }
  }

  @Test("while the agent runs, a mask that comes late is scored too")
  func lateWhileRunning() async throws {
    let place = try Workplace()
    let agent = try place.start(place.watching(settle: "300ms"))
    #expect(try await agent.waits { place.isHeld(by: agent) })
    try writeScan(place)
    #expect(try await agent.waits { place.runCount == 1 })
    try writeMask(place)
    #expect(try await agent.waits { try scores(place).count == 3 && record(place).scores == 3 })
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    #expect(place.runCount == 1)
    try await place.expectWhole()
  }

  @Test("the Dice is that of the written segmentation and the mask")
  func dice() async throws {
    let place = try Workplace()
    try writeScan(place)
    try writeMask(place)
    #expect(try await place.finish().status == 0)
    let folder = try #require(try place.runs().first?["output_folder"])
    let result = try NIfTI.readLabels(place.output.appending(path: folder).appending(path: "segmentation.nii.gz"))
    let mask = try NIfTI.readLabels(place.inbox.appending(path: "case/mask.nii.gz"))
    let both = zip(result.voxels, mask.voxels).count { $0.0 == 1 && $0.1 == 1 }
    let sizes = result.voxels.count { $0 == 1 } + mask.voxels.count { $0 == 1 }
    let dice = try #require(Double(try scores(place).first?["dice"] ?? ""))
    #expect(abs(dice - 2 * Double(both) / Double(sizes)) < 1e-12, "the same ratio, in double precision")
  }

  @Test("a mask on another grid is resampled and the record says so", arguments: [Order.with, .after])
  func otherGrid(order: Order) async throws {
    let place = try Workplace()
    let fine = Geometry(
      width: 50, height: 50, depth: 40, origin: SIMD3(-42, -32, 19), iStep: SIMD3(0.5, 0, 0),
      jStep: SIMD3(0, 0.5, 0), kStep: SIMD3(0, 0, 0.5))
    if order == .with { try writeMask(place, on: fine) }
    try writeScan(place)
    #expect(try await place.finish().status == 0)
    if order == .after {
      try writeMask(place, on: fine)
      #expect(try await place.finish().status == 0)
    }
    #expect(try scores(place).count == 3)
    let volume = try #require(Double(try scores(place).first?["reference_volume_ml"] ?? ""))
    #expect(abs(volume - 4.0 / 3 * .pi * 125 / 1000) < 0.05, "a ball of 5 mm, drawn in voxels")
    #expect(try record(place).text.contains("it was resampled onto the scan's by nearest neighbour"))
    try await place.expectWhole()
  }

  @Test(
    "a mask that cannot be compared is an error in the record, once, and the scan is none the worse",
    arguments: [Order.with, .after], ["far away", "not a mask"])
  func unusable(order: Order, kind: String) async throws {
    let place = try Workplace()
    func writeBadMask() throws {
      if kind == "far away" {
        let far = Geometry(
          width: 8, height: 8, depth: 8, origin: SIMD3(500, 500, 500), iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
          kStep: SIMD3(0, 0, 1))
        try writeMask(place, on: far)
      } else {
        try place.folder.write(Data("not a mask".utf8), to: "inbox/case/mask.nii.gz")
      }
    }
    if order == .with { try writeBadMask() }
    try writeScan(place)
    #expect(try await place.finish().status == 0)
    if order == .after {
      try writeBadMask()
      #expect(try await place.finish().status == 0)
    }
    for _ in 0..<2 {
      #expect(try scores(place).isEmpty)
      #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
      let events = try place.ask("SELECT detail FROM events WHERE kind = 'reference-error'")
      #expect(events.count == 1 && events[0]["detail"]?.contains(#""mask":"@"#) == true, "\(events)")
      let record = try record(place)
      #expect(record.text.contains(kind == "far away" ? "does not overlap" : "the mask cannot be read"))
      try await place.expectWhole()
      #expect(try await place.finish().status == 0)
    }
  }

  @Test("a binary mask that stands for several labels together gives one score", arguments: [Order.with, .after])
  func union(order: Order) async throws {
    let place = try Workplace(
      tiny: "outputs: [nifti, report]\nreference-labels: {1: [first, second, third]}")
    if order == .with { try writeMask(place) }
    try writeScan(place)
    #expect(try await place.finish().status == 0)
    if order == .after {
      try writeMask(place)
      #expect(try await place.finish().status == 0)
    }
    let scores = try scores(place)
    #expect(scores.map { $0["label_name"] } == ["first+second+third"])
    let folder = try #require(try place.runs().first?["output_folder"])
    let result = try NIfTI.readLabels(place.output.appending(path: folder).appending(path: "segmentation.nii.gz"))
    let volume = try #require(Double(scores.first?["volume_ml"] ?? ""))
    #expect(abs(volume - Double(result.voxels.count { $0 > 0 }) / 1000) < 1e-9, "every labelled voxel, 1 mm^3 each")
    #expect(try record(place).scores == 1)
    let file = place.output.appending(path: folder).appending(path: "report.html")
    let page = try String(contentsOf: file, encoding: .utf8)
    for name in ["first", "second", "third", "first+second+third"] {
      #expect(page.contains("\"name\":\"\(name)\""), "\(name) is one of the page's labels")
    }
  }

  @Test("a mask with none of the numbers that the rule maps is an error, not a silence")
  func unmapped() async throws {
    let place = try Workplace(tiny: "reference-labels: {5: [first, second]}")
    try writeMask(place)
    try writeScan(place)
    #expect(try await place.finish().status == 0)
    #expect(try scores(place).isEmpty)
    #expect(try record(place).text.contains("none of the numbers that the rule's reference-labels name; it has 1"))
  }
}
