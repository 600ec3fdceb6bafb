import DICOM
import Foundation
import Imaging
import TestSupport
import Testing

@Suite("DICOM objects out and in")
struct DICOMMaskTests {
  private static let rule = """
    outputs: [nifti, dicom-seg, report]
    anatomy:
      first: [SCT, 5366008, Hippocampus]
      second: {type: [SCT, 10200004, Liver], category: [SCT, 123037004, Anatomical Structure]}
    """

  private let series = SyntheticSeries(description: "tiny", seed: 7)

  /// The only run's output folder.
  private func folder(_ place: Workplace) throws -> URL {
    place.output.appending(path: try #require(try place.runs().first?["output_folder"]))
  }

  private func scores(_ place: Workplace) throws -> [[String: String]] {
    try place.ask("SELECT * FROM scores ORDER BY label")
  }

  /// Puts another Manufacturer and ManufacturerModelName into an object of Vigil's; five characters.
  private static func say(_ maker: String, in object: URL) throws {
    try SyntheticSeries.replace(Array("Vigil ".utf8), Array("\(maker) ".utf8), in: object)
    try SyntheticSeries.replace(Array("vigil ".utf8), Array("\(maker) ".utf8), in: object)
  }

  @Test("a SEG that Vigil wrote is no mask when it comes back with its study, known by its bytes or by what it says")
  func own() async throws {
    let place = try Workplace(tiny: Self.rule)
    try series.write(to: place.inbox.appending(path: "case"))
    #expect(try await place.finish().status == 0)
    let object = try folder(place).appending(path: "segmentation.dcm")
    func drop(_ name: String, _ change: (inout Data) -> Void) throws {
      try place.folder.write(Data(contentsOf: object), to: "inbox/back/\(name)")
      try SyntheticSeries.change(place.inbox.appending(path: "back/\(name)"), change)
    }
    try drop("same") { _ in }
    try drop("other bytes") { $0[0] = 1 }  // the preamble, which is anybody's
    for _ in 0..<2 {
      let end = try await place.finish()
      #expect(end.status == 0 && end.log.contains("a segmentation that Vigil wrote is no mask"), "\(end.log)")
    }
    #expect(place.runCount == 1)
    #expect(try scores(place).isEmpty)
    let told = try place.ask("SELECT detail FROM events WHERE kind = 'own-mask'")
    #expect(told.count == 2 && told.allSatisfy { $0["detail"]?.contains(#""mask":"@"#) == true }, "\(told)")

    // An agent that has not written it knows it by what it says; one that has, by its digest whatever it says.
    let elsewhere = try Workplace(tiny: Self.rule)
    for name in ["back", "case"] {
      try FileManager.default.copyItem(
        at: place.inbox.appending(path: name), to: elsewhere.inbox.appending(path: name))
    }
    #expect(try await elsewhere.finish().status == 0)
    #expect(try elsewhere.runCount == 1 && scores(elsewhere).isEmpty)
    try await expectVerified(place)
  }

  private func expectVerified(_ place: Workplace, _ here: SourceLocation = #_sourceLocation) async throws {
    let audit = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(audit.status == 0, "\(audit.output)", sourceLocation: here)
  }

  @Test("a DICOM SEG has one coded segment a label, the label map's voxels, and its check on record")
  func written() async throws {
    let place = try Workplace(tiny: Self.rule)
    try series.write(to: place.inbox.appending(path: "case"))
    #expect(try await place.finish().status == 0)
    let folder = try folder(place)
    let object = try SegmentationObject(folder.appending(path: "segmentation.dcm"))
    #expect(object.segments.map { $0.label } == ["first", "second", "third"])
    #expect(object.segments.map { $0.propertyType?.value } == ["5366008", "10200004", "85756007"])
    let labels = try NIfTI.readLabels(folder.appending(path: "segmentation.nii.gz"))
    #expect(try object.labels(on: labels.geometry).labels.voxels == labels.voxels)
    #expect(object.referencedSeriesInstanceUIDs == [try #require(try place.runs().first?["series_uid"])])
    let facts = try place.ask(
      "SELECT json_extract(facts, '$.dicom_seg.labels') AS labels FROM stages WHERE stage = 'written'")
    #expect(facts.first?["labels"]?.contains("centroid_distance_mm") == true, "\(facts)")
    #expect(try place.ask("SELECT 1 FROM files WHERE role = 'output' AND path LIKE '%/segmentation.dcm'").count == 1)
    try await expectVerified(place)
  }

  @Test("a series with a gap that the rule processes has a DICOM SEG too")
  func interpolated() async throws {
    let place = try Workplace(tiny: "\(Self.rule)\nincomplete: process")
    let files = try series.write(to: place.inbox.appending(path: "case"))
    try FileManager.default.removeItem(at: files[7])
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    let folder = try folder(place)
    let labels = try NIfTI.readLabels(folder.appending(path: "segmentation.nii.gz"))
    #expect(labels.geometry.depth == series.slices)
    let object = try SegmentationObject(folder.appending(path: "segmentation.dcm"))
    #expect(try object.labels(on: labels.geometry).labels.voxels == labels.voxels)
  }

  @Test("a rule that codes a label which the model does not have, or codes it wrongly, is told")
  func wrongCodes() async throws {
    let place = try Workplace(tiny: "anatomy: {liver: [SCT, 10200004, Liver]}")
    let unknown = try await place.vigil("rules", "check", place.rules.path)
    #expect(unknown.status == 1 && unknown.log.contains("anatomy names liver, which the model does not have"))
    try place.write(rule: "tiny", "match: {Modality: MR}\nanatomy: {first: Liver}")
    let malformed = try await place.vigil("rules", "check", place.rules.path)
    #expect(
      malformed.log.contains("rule.yaml:3: anatomy: expected label: [scheme, value, meaning]"), "\(malformed.log)")
  }

  @Test("a SEG that refers to the scan is its mask, from anywhere in the inbox", arguments: MaskTests.Order.allCases)
  func segmentation(order: MaskTests.Order) async throws {
    let first = try Workplace(tiny: Self.rule)
    try series.write(to: first.inbox.appending(path: "case"))
    #expect(try await first.finish().status == 0)
    let object = try folder(first).appending(path: "segmentation.dcm")

    let place = try Workplace()
    func drop() throws {
      try FileManager.default.createDirectory(
        at: place.inbox.appending(path: "elsewhere"), withIntermediateDirectories: true)
      let mask = place.inbox.appending(path: "elsewhere/x")
      try FileManager.default.copyItem(at: object, to: mask)
      try Self.say("Other", in: mask)
    }
    if order != .after { try drop() }
    if order == .before { #expect(try await place.finish().status == 0) }
    try series.write(to: place.inbox.appending(path: "case"))
    #expect(try await place.finish().status == 0)
    if order == .after {
      #expect(try scores(place).isEmpty)
      try drop()
      let end = try await place.finish()
      #expect(end.status == 0 && !end.log.contains("inferred in"), "\(end.log)")
    }
    let scores = try scores(place)
    #expect(scores.map { $0["label_name"] } == ["first", "second", "third"])
    #expect(scores.allSatisfy { ["1.0", ""].contains($0["dice"]) }, "it is the run's own segmentation: \(scores)")
    #expect(scores.contains { $0["dice"] == "1.0" })
    #expect(place.runCount == 1)
    try await place.expectWhole()
  }

  @Test(
    "an RTSTRUCT that refers to the scan is its mask; regions go by their names",
    arguments: MaskTests.Order.allCases)
  func structures(order: MaskTests.Order) async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    let scan = place.staging.appending(path: "case")
    let uid = try SyntheticSeries.uid(of: try series.write(to: scan)[0])
    func dropScan() throws {
      try FileManager.default.moveItem(at: scan, to: place.inbox.appending(path: "case"))
    }
    // A box of 4 x 3 voxels on 5 slices, drawn half a voxel outside of the centres; ROI 9 is the model's label 1 by its name.
    let box = StructureSample.Region(
      number: 9, name: "First", x: -35.5 ... -31.5, y: -25.5 ... -22.5, slices: [24, 25, 26, 27, 28])
    let other = StructureSample.Region(number: 4, name: "Couch", x: -30 ... -28, y: -25 ... -23, slices: [24])
    let bytes = StructureSample.bytes([box, other], on: uid)
    if order != .before { try dropScan() }
    if order == .after { #expect(try await place.finish().status == 0) }
    try place.folder.write(bytes, to: "inbox/rt/structures")
    if order == .before {
      #expect(try await place.finish().status == 0)
      #expect(place.runCount == 0)
      try dropScan()
    }
    #expect(try await place.finish().status == 0)
    let scores = try scores(place)
    #expect(scores.map { $0["label_name"] } == ["first"], "the couch is none of the model's labels")
    #expect(scores.first?["label"] == "1" && scores.first?["reference_volume_ml"] == "0.06", "\(scores)")
    let page = try String(contentsOf: folder(place).appending(path: "report.html"), encoding: .utf8)
    #expect(page.contains("RTSTRUCT") && page.contains(#"id="reference-0""#))
    try await expectVerified(place)
  }

  @Test(
    "an RTSTRUCT that names instances and no series is their scan's mask, and no other's of the study",
    arguments: MaskTests.Order.allCases)
  func instances(order: MaskTests.Order) async throws {
    let place = try Workplace()
    var own = series
    var other = SyntheticSeries(description: "tiny other", seed: 8)
    (own.study, other.study) = ("2.25.500", "2.25.500")
    let (first, second) = (place.staging.appending(path: "1"), place.staging.appending(path: "2"))
    let file = try own.write(to: first)[3]
    try other.write(to: second)
    let instance = try DICOMHeader(file).sopInstanceUID
    let uid = try SyntheticSeries.uid(of: file)
    let box = StructureSample.Region(
      number: 1, name: "First", x: -35.5 ... -31.5, y: -25.5 ... -22.5, slices: [24, 25, 26, 27, 28])
    func drop() throws {
      try place.folder.write(
        StructureSample.bytes([box], on: "", instances: [instance], study: "2.25.500"), to: "inbox/rt/structures")
    }
    if order == .before {
      try drop()
      #expect(try await place.finish().status == 0)
    }
    if order == .with { try drop() }
    for (index, folder) in [first, second].enumerated() {
      try FileManager.default.moveItem(at: folder, to: place.inbox.appending(path: "\(index)"))
    }
    #expect(try await place.finish().status == 0)
    if order == .after {
      #expect(try scores(place).isEmpty)
      try drop()
    }
    for _ in 0..<2 { #expect(try await place.finish().status == 0) }
    let scores = try place.ask("SELECT label_name, series_uid FROM scores JOIN runs ON runs.id = scores.run_id")
    #expect(scores.map { $0["label_name"] } == ["first"] && scores.map { $0["series_uid"] } == [uid], "\(scores)")
    #expect(place.runCount == 2)
    try await expectVerified(place)
  }

  @Test("an object that cannot be read, or refers to nothing, is refused by name")
  func refused() async throws {
    let place = try Workplace()
    try place.folder.write(StructureSample.bytes([], on: ""), to: "inbox/a/nothing")
    var root = RawElements()
    root.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.66.4")
    root.add(0x0008, 0x0060, "CS", "SEG")
    try place.folder.write(root.file(sopClass: "1.2.840.10008.5.1.4.1.1.66.4", instance: "2.25.1"), to: "inbox/b/empty")
    #expect(try await place.finish().status == 1)
    let errors = try place.runs().map { $0["error"] ?? "" }
    #expect(errors.count == 2 && errors.contains { $0.contains("RTSTRUCT that refers to no series") }, "\(errors)")
    #expect(errors.contains { $0.contains("a DICOM SEG that cannot be read") }, "\(errors)")
    try await place.expectWhole()
  }
}
