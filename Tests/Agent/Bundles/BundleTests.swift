import Agent
import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Bundles")
struct BundleTests {
  private func series(_ place: Workplace, _ description: String = "tiny") throws -> URL {
    let folder = place.staging.appending(path: "scan")
    try SyntheticSeries(description: description, seed: 1).write(to: folder)
    return folder
  }

  @Test(
    "one series and one rule give a folder whose digests sha256sum confirms, with what the agent writes, bit for bit")
  func sameAsLocal() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    let scan = try series(place)
    let bundle = place.folder.file("made/bundle")
    let end = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", bundle.path, "--jobs", "1")
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder.file("made").path) == ["bundle"])
    #expect(end.status == 0 && end.output.hasPrefix("segmented "), "\(end.output)\(end.log)")
    #expect(!FileManager.default.fileExists(atPath: place.output.path), "no database, no output tree")
    let list = try String(contentsOf: bundle.appending(path: "bundle.sha256"), encoding: .utf8)
    let names = list.split(separator: "\n").map { String($0.dropFirst(66)) }
    #expect(Set(names + ["bundle.sha256"]) == Set(try FileManager.default.contentsOfDirectory(atPath: bundle.path)))
    #expect(names.last == "record.json")
    #expect(
      try await Vigil.run(program: "/bin/sh", ["-c", "cd '\(bundle.path)' && sha256sum -c bundle.sha256 >&2"]) == 0)
    try FileManager.default.moveItem(at: scan, to: place.inbox.appending(path: "scan"))
    #expect(try await place.finish().status == 0)
    try await place.expectWhole(also: ["report.html", "segmentation.dcm"])
    #expect(
      Set(names)
        == Set(Workplace.outputs + ["report.html", "segmentation.dcm"]).subtracting(["ro-crate-metadata.json"]))
    let folder = place.output.appending(path: try #require(place.runs().first?["output_folder"]))
    for name in ["image.nii.gz", "segmentation.nii.gz", "preview.png"] {
      #expect(
        try Data(contentsOf: bundle.appending(path: name)) == Data(contentsOf: folder.appending(path: name)), "\(name)")
    }
  }

  @Test("what is refused leaves a bundle that says so, and the status 1")
  func refused() async throws {
    let place = try Workplace(tiny: "incomplete: refuse")
    let scan = try series(place)
    try FileManager.default.removeItem(
      at: scan.appending(
        path: try #require(
          FileManager.default.contentsOfDirectory(atPath: scan.path).sorted().dropFirst(5).first)))
    let bundle = place.folder.file("bundle")
    let end = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", bundle.path)
    #expect(end.status == 1 && end.output.hasPrefix("refused "), "\(end.output)\(end.log)")
    let names = try FileManager.default.contentsOfDirectory(atPath: bundle.path).sorted()
    #expect(names == ["bundle.sha256", "reason.txt", "record.json"])
  }

  @Test(
    "a bundle is read where it is whole, and refused for every file that is changed, added, missing or anyone's to change"
  )
  func tampered() async throws {
    let place = try Workplace()
    let scan = try series(place)
    let made = place.folder.file("bundle")
    _ = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", made.path, "--jobs", "1")
    let outputs = try RunBundle(readingFrom: made).outputs.map { $0.name }
    #expect(outputs == ["image.nii.gz", "preview.png", "segmentation.nii.gz"])
    let harms: [(String, (URL) throws -> Void)] = [
      ("segmentation.nii.gz is not what", { try Data("x".utf8).write(to: $0.appending(path: "segmentation.nii.gz")) }),
      ("record.json is not what", { try Data("{}".utf8).write(to: $0.appending(path: "record.json")) }),
      ("holds", { try Data("x".utf8).write(to: $0.appending(path: "more.txt")) }),
      ("holds", { try FileManager.default.removeItem(at: $0.appending(path: "preview.png")) }),
      ("cannot be read", { try FileManager.default.removeItem(at: $0.appending(path: "bundle.sha256")) }),
      ("a line that is no digest", { try Data("../../etc".utf8).write(to: $0.appending(path: "bundle.sha256")) }),
      ("can be changed by everybody", { #expect(chmod($0.path, 0o777) == 0) }),
      (
        "is not what",
        { folder in
          let file = folder.appending(path: "preview.png")
          let target = place.folder.file("elsewhere.png")
          try? FileManager.default.copyItem(at: file, to: target)
          try FileManager.default.removeItem(at: file)
          try FileManager.default.createSymbolicLink(at: file, withDestinationURL: target)
        }
      ),
    ]
    for (index, (words, harm)) in harms.enumerated() {
      let copy = place.folder.file("copy-\(index)")
      try FileManager.default.copyItem(at: made, to: copy)
      try harm(copy)
      let error = #expect(throws: BundleError.self) { _ = try RunBundle(readingFrom: copy) }
      #expect(error?.description.contains(words) == true, "\(index): \(error?.description ?? "nothing")")
    }
  }

  @Test(
    "a bundle tells of its run what the agent's record of the same scan tells: stages, inputs, rule, model, outputs, scores"
  )
  func record() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]\nreference-labels: {1: first}")
    let sample = SyntheticSeries(description: "tiny", seed: 1)
    let scan = try #require(sample.write(to: place.inbox.appending(path: "scan")).first).deletingLastPathComponent()
    let ball = sample.volume.voxels.map { UInt16($0 > 600 ? 1 : 0) }
    let mask = try NIfTI.data(LabelMap(geometry: sample.geometry, voxels: ball))
    try Data(mask).write(to: scan.appending(path: "mask.nii.gz"))
    let bundle = place.folder.file("bundle")
    _ = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", bundle.path, "--jobs", "1")
    #expect(try await place.finish().status == 0)
    let there = try Self.told(bundle.appending(path: "record.json"))
    let folder = place.output.appending(path: try #require(place.runs().first?["output_folder"]))
    let here = try Self.told(folder.appending(path: "record.json"))
    #expect(there.filter { $0.hasPrefix("score") }.count == 1 && there.count > 15, "\(there)")
    // The report tells of its run.
    let own = { (line: String) in line.hasPrefix("file output") && line.contains("report.html") }
    #expect(there.filter { !own($0) } == here.filter { !own($0) })
    #expect(try place.ask("SELECT dice FROM scores").count == 1)
  }

  /// What a `record.json` says that is the same each time a scan is computed, line by line.
  private static func told(_ file: URL) throws -> [String] {
    let object = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let rows = { (key: String) in (object[key] as? [[String: Any]]) ?? [] }
    func text(_ row: [String: Any], _ key: String) -> String { row[key].map { "\($0)" } ?? "null" }
    let run = try #require(object["run"] as? [String: Any])
    let words = ["series_uid", "study_uid", "rule", "outcome", "input_sha256", "model_sha256", "software", "host"]
    let files = rows("files").map { row in
      // Inputs are called otherwise where the key of the aliases is another.
      let path = text(row, "path")
      let name = path.hasPrefix("@") ? "" : text(row, "role") == "output" ? (path as NSString).lastPathComponent : path
      return "file \(text(row, "role")) \(name) \(text(row, "bytes")) \(text(row, "sha256"))"
    }
    let scores = rows("scores").map { row in
      "score "
        + ["label", "label_name", "dice", "hd95_mm", "nsd_1mm", "volume_ml"].map { text(row, $0) }.joined(
          separator: " ")
    }
    let stages = rows("stages").map { "stage " + text($0, "stage") }.filter { $0 != "stage recorded" }
    return words.map { "\($0) \(text(run, $0))" } + stages + files.sorted() + scores
  }

  @Test(
    "where a file of a bundle is changed between making and taking in, the agent takes nothing in, blames no scan and says so; the next start does it"
  )
  func changedMeanwhile() async throws {
    let place = try Workplace()
    let scan = try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "scan"))
    #expect(!scan.isEmpty)
    for name in ["segmentation.nii.gz", "image.nii.gz", "record.json", "bundle.sha256"] {
      let end = try await place.finish(.spoil(name, below: place.output))
      #expect(end.status == 69 && end.log.contains("nothing else writes to the output tree"), "\(name): \(end.log)")
      let words = name == "bundle.sha256" ? "a line that is no digest" : "\(name) is not what bundle.sha256 says"
      #expect(end.log.contains(words), "\(name): \(end.log)")
      #expect(place.runCount == 0)
      #expect(try place.hidden().isEmpty)
    }
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole()
  }

  @Test("a place that is taken, no rule, and no series are errors with words, and leave nothing")
  func wrong() async throws {
    let place = try Workplace()
    let scan = try series(place)
    let bundle = place.folder.file("bundle")
    let noRule = try await place.vigil("run", scan.path, "--rules", place.rules.path, "--bundle", bundle.path)
    #expect(noRule.status == 64 && noRule.log.contains("--rule"), "\(noRule.log)")
    let unknown = try await place.vigil(
      "run", scan.path, "--rule", "other", "--rules", place.rules.path, "--bundle", bundle.path)
    #expect(unknown.status == 64 && unknown.log.contains("no rule other"), "\(unknown.log)")
    try SyntheticSeries(description: "tiny", seed: 2).write(to: place.staging.appending(path: "more"))
    for (folder, words) in [
      (place.staging, "a bundle holds one run; the files gave 2"), (place.inbox, "no DICOM series"),
    ] {
      let end = try await place.vigil(
        "run", folder.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", bundle.path)
      #expect(end.status == 69 && end.log.contains(words), "\(end.log)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: place.folder.url.path)
    #expect(!left.contains { $0.contains(".partial") }, "\(left)")
    #expect(!FileManager.default.fileExists(atPath: bundle.path))
    try FileManager.default.createDirectory(at: bundle, withIntermediateDirectories: true)
    let taken = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", bundle.path)
    #expect(taken.status == 69 && taken.log.contains("is there already"), "\(taken.log)")
  }
}
