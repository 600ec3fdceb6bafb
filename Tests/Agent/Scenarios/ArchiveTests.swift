import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Archives in the inbox")
struct ArchiveTests {
  private func tar(_ arguments: String...) async throws {
    #expect(try await Vigil.run(program: "/bin/tar", arguments) == 0)
  }

  @Test(
    "the series of an archive are done like any other, and the archive is on record",
    arguments: ["x.tar", "DOE_JOHN.tar.gz", "x.tgz"])
  func series(name: String) async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    let root = place.staging.appending(path: "root")
    let good = SyntheticSeries(description: "tiny", seed: 1)
    try good.write(to: root.appending(path: "DOE_JOHN/one"))
    try SyntheticSeries(description: "tiny", seed: 2).write(to: root.appending(path: "DOE_JOHN/two"), prefix: "IM")
    try SyntheticSeries(description: "scout", seed: 3).write(to: root.appending(path: "DOE_JOHN/two"), prefix: "SC")
    let mask = LabelMap(geometry: good.geometry, voxels: good.volume.voxels.map { $0 > 500 ? 1 : 0 })
    try NIfTI.write(mask, to: root.appending(path: "DOE_JOHN/one/mask.nii.gz"))
    try Data("viewer".utf8).write(to: root.appending(path: "README.txt"))
    let archive = place.staging.appending(path: name)
    try await tar(name.hasSuffix("gz") || name.hasSuffix("tgz") ? "-czf" : "-cf", archive.path, "-C", root.path, ".")
    try FileManager.default.moveItem(at: archive, to: place.inbox.appending(path: name))

    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    let outcomes = try place.runs().map { $0["outcome"] ?? "" }.sorted()
    #expect(outcomes == ["segmented", "segmented", "unmatched"], "\(end.log)")
    #expect(try place.ask("SELECT DISTINCT run_id FROM scores").count == 1, "the mask beside the first series")
    let digest = try #require(
      try place.ask("SELECT sha256, count(*) AS runs FROM files WHERE role = 'input' GROUP BY sha256 HAVING runs = 3")
        .first)
    #expect(digest["sha256"]?.count == 64, "one file, the archive, is the input of every run")
    #expect(!end.log.contains("DOE_JOHN"))
    #expect(try place.hidden().isEmpty, "what was unpacked is gone")
    for path in try FileManager.default.subpathsOfDirectory(atPath: place.output.path)
    where !path.hasSuffix("reason.txt") && !path.hasSuffix(".dcm") {
      let bytes = (try? Data(contentsOf: place.output.appending(path: path))) ?? Data()
      #expect(bytes.range(of: Data("DOE_JOHN".utf8)) == nil, "\(path)")
    }
    let audit = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(audit.status == 0, "\(audit.output)")

    let again = try await place.finish()
    #expect(again.status == 0 && again.log.contains("nothing new"), "\(again.log)")
    #expect(place.runCount == 3)
  }

  @Test("an archive that is a bomb, hostile, damaged or holds no series is refused by name; the agent goes on")
  func refused() async throws {
    let place = try Workplace()
    try place.folder.write(Data(count: 300_000_000), to: "staging/zeros/zeros.dcm")
    try await tar("-czf", place.inbox.appending(path: "bomb.tgz").path, "-C", place.staging.path, "zeros")
    #expect(symlink("/etc/passwd", place.staging.appending(path: "passwd").path) == 0)
    try await tar("-cf", place.inbox.appending(path: "link.tar").path, "-C", place.staging.path, "passwd")
    try place.folder.write(Data("no archive".utf8), to: "inbox/text.zip")
    try place.folder.write(Data("no scan".utf8), to: "staging/text/text.txt")
    try await tar("-cf", place.inbox.appending(path: "text.tar").path, "-C", place.staging.path, "text")
    var broken = RawElements()
    broken.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.66.4")
    broken.add(0x0008, 0x0060, "CS", "SEG")
    let object = broken.file(sopClass: "1.2.840.10008.5.1.4.1.1.66.4", instance: "2.25.1")
    try place.folder.write(object, to: "staging/object/x")
    var nameless = RawElements()
    nameless.add(0x0008, 0x0060, "CS", "MR")
    try place.folder.write(
      nameless.file(sopClass: "1.2.840.10008.5.1.4.1.1.4", instance: "2.25.2"), to: "staging/object/y")
    try await tar("-cf", place.inbox.appending(path: "object.tar").path, "-C", place.staging.path, "object")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "good"))
    #expect(try await place.finish().status == 1)
    let runs = try place.runs()
    #expect(runs.count { $0["outcome"] == "segmented" } == 1)
    let errors = runs.filter { $0["outcome"] == "refused" }.compactMap { $0["error"] }
    #expect(errors.count == 6, "\(errors)")
    for words in [
      "a DICOM SEG that cannot be read",
      "200 times its own size", "an entry is a link", "cannot be read as a zip or tar", "without a DICOM series",
    ] {
      #expect(errors.contains { $0.contains(words) }, "\(words): \(errors)")
    }
    try await place.expectWhole()
    let again = try await place.finish()
    #expect(again.log.contains("nothing new") && place.runCount == runs.count, "\(again.log)")
  }

  @Test("a folder as it is on a disc, DICOMDIR and files without endings, is one series and no complaint")
  func disc() async throws {
    let place = try Workplace()
    let files = try SyntheticSeries(description: "tiny", seed: 1).write(to: place.staging.appending(path: "made"))
    let folder = place.staging.appending(path: "disc/DICOM/PAT00001/STU00001")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (index, file) in files.enumerated() {
      try FileManager.default.moveItem(at: file, to: folder.appending(path: "IM\(index)"))
    }
    var directory = RawElements()
    directory.add(0x0004, 0x1130, "CS", "DISC")
    let bytes = directory.file(sopClass: "1.2.840.10008.1.3.10", instance: "2.25.5")
    try place.folder.write(bytes, to: "staging/disc/DICOMDIR")
    try FileManager.default.moveItem(
      at: place.staging.appending(path: "disc"), to: place.inbox.appending(path: "disc"))
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole()
  }

  @Test("vigil run takes an archive too")
  func named() async throws {
    let place = try Workplace()
    let root = place.staging.appending(path: "root")
    try SyntheticSeries(description: "tiny", seed: 1).write(to: root)
    let archive = place.staging.appending(path: "x.tar").path
    try await tar("-cf", archive, "-C", root.path, ".")
    let end = try await place.vigil("run", archive, "--rules", place.rules.path, "--output", place.output.path)
    #expect(end.status == 0 && end.output.hasPrefix("segmented "), "\(end.output) \(end.log)")
  }
}
