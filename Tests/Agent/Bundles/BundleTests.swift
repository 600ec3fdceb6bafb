import Agent
import Foundation
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
    "one series and one rule give a folder whose digests sha256sum confirms, with what a local run writes, bit for bit")
  func sameAsLocal() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    let scan = try series(place)
    let bundle = place.folder.file("bundle")
    let end = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", bundle.path, "--jobs", "1")
    #expect(end.status == 0 && end.output.hasPrefix("segmented "), "\(end.output)\(end.log)")
    #expect(!FileManager.default.fileExists(atPath: place.output.path), "no database, no output tree")
    let list = try String(contentsOf: bundle.appending(path: "bundle.sha256"), encoding: .utf8)
    let names = list.split(separator: "\n").map { String($0.dropFirst(66)) }
    #expect(Set(names + ["bundle.sha256"]) == Set(try FileManager.default.contentsOfDirectory(atPath: bundle.path)))
    #expect(names.last == "record.json")
    let local = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--output", place.output.path, "--jobs", "1")
    #expect(local.status == 0)
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
    #expect(!FileManager.default.fileExists(atPath: bundle.path))
    try FileManager.default.createDirectory(at: bundle, withIntermediateDirectories: true)
    let taken = try await place.vigil(
      "run", scan.path, "--rule", "tiny", "--rules", place.rules.path, "--bundle", bundle.path)
    #expect(taken.status == 69 && taken.log.contains("is there already"), "\(taken.log)")
  }
}
