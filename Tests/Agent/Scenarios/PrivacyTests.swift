import Digests
import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Privacy")
struct PrivacyTests {
  /// What the patient of these scans is called; as long as what the sample writes, so that the files stay as they are.
  static let identifiers = ["Doe^Jane", "PID-71-42", "19470703"]

  /// Gives every file of a series the patient's name, ID and birth date.
  private func identify(_ files: [URL]) throws {
    for file in files {
      try SyntheticSeries.replace(Array("Vigil^Sample".utf8), Array("Doe^Jane^Ann".utf8), in: file)
      try SyntheticSeries.replace(Array("VIGIL-SAMPLE".utf8), Array("PID-71-42-93".utf8), in: file)
      let birthDate: [UInt8] = [0x10, 0x00, 0x30, 0x00] + Array("DA".utf8)
      try SyntheticSeries.replace(birthDate + [0, 0], birthDate + [8, 0] + Array("19470703".utf8), in: file)
    }
  }

  @Test("no name, ID or birth date of a patient is in a path, a log, the database or a record")
  func nothingOfThePatient() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, preview, report, dicom-seg]")
    for (index, description) in ["tiny", "scout", "tiny gap"].enumerated() {
      let folder = place.inbox.appending(path: "\(index)")
      let files = try SyntheticSeries(description: description, seed: UInt64(index)).write(to: folder)
      try identify(files)
      #expect(try Data(contentsOf: files[0]).range(of: Data("Doe^Jane".utf8)) != nil)
      if index == 2 { try FileManager.default.removeItem(at: files[4]) }
    }
    let end = try await place.finish()
    var texts = ["log": end.log + end.output]
    #expect(try Set(place.runs().map { $0["outcome"] }) == ["segmented", "unmatched", "refused"], "\(end.log)")
    for command in [["audit", "list", "--json"], ["audit", "sql", "SELECT * FROM events"]] {
      let answer = try await Vigil.run(command + ["--output", place.output.path], streams: place.folder.url)
      texts[command.joined(separator: " ")] = answer.output + answer.log
    }
    let explained = try await place.vigil("rules", "explain", place.inbox.path, "--rules", place.rules.path)
    texts["explain"] = explained.output + explained.log
    for (name, text) in texts {
      #expect(!text.isEmpty, "\(name)")
      for word in Self.identifiers { #expect(!text.contains(word), "\(name): \(word)") }
    }
    for path in try FileManager.default.subpathsOfDirectory(atPath: place.output.path) {
      let bytes = (try? Data(contentsOf: place.output.appending(path: path))) ?? Data()
      for word in Self.identifiers {
        #expect(!path.contains(word))
        // A DICOM SEG is part of the patient's study and carries its patient module (PS3.3 C.7.1.1), as the scan does.
        if path.hasSuffix("segmentation.dcm") {
          #expect(bytes.range(of: Data("Doe^Jane".utf8)) != nil)
          continue
        }
        #expect(bytes.range(of: Data(word.utf8)) == nil, "\(path): \(word)")
      }
    }
  }

  @Test(
    "a rule that says `identify: true` has the patient in record.json and report.html; the database and the log have not"
  )
  func identified() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]\nidentify: true")
    let files = try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try identify(files)
    let end = try await place.finish()
    #expect(end.status == 0)
    let folder = try #require(try place.runs().first?["output_folder"])
    func check(_ log: String) throws {
      for path in try FileManager.default.subpathsOfDirectory(atPath: place.output.path) {
        let bytes = (try? Data(contentsOf: place.output.appending(path: path))) ?? Data()
        let mayName = ["record.json", "report.html"].contains((path as NSString).lastPathComponent)
        for word in Self.identifiers.prefix(2) {
          #expect((bytes.range(of: Data(word.utf8)) != nil) == mayName, "\(path): \(word)")
        }
      }
      for word in Self.identifiers { #expect(!log.contains(word)) }
    }
    try check(end.log + end.output)
    // Made again: with a late mask both keep the name; a lost record finds it in the inbox.
    let series = SyntheticSeries(description: "tiny", seed: 1)
    let mask = LabelMap(geometry: series.geometry, voxels: series.volume.voxels.map { $0 > 500 ? 1 : 0 })
    try NIfTI.write(mask, to: place.inbox.appending(path: "1/mask.nii.gz"))
    try check(try await place.finish().log)
    try FileManager.default.removeItem(at: place.output.appending(path: folder).appending(path: "record.json"))
    try place.forgetEvents(after: "scores-recorded")
    try check(try await place.finish().log)
    let audit = try await place.vigil(
      "audit", "show", String(try place.runs()[0]["id"] ?? ""), "--output", place.output.path)
    #expect(audit.status == 0 && !audit.output.contains("Doe"))
  }

  /// What folders and files are called where a site names them after its patients.
  static let name = "DOE_JOHN"

  /// One of everything that the agent meets, each in a folder with the patient's name and with it in the files' names.
  private func drop(in place: Workplace) throws {
    func folder(_ name: String) -> URL { place.inbox.appending(path: "\(Self.name)_\(name)/\(Self.name)") }
    for (index, kind) in ["good", "gap", "scout", "cut"].enumerated() {
      let series = SyntheticSeries(description: kind == "scout" ? "scout" : "tiny", seed: UInt64(index))
      let files = try series.write(to: folder(kind), prefix: "\(Self.name)-")
      if kind == "gap" { try FileManager.default.removeItem(at: files[4]) }
      if kind == "cut" { try SyntheticSeries.truncate(files[4], to: 0.1) }
    }
    let good = SyntheticSeries(description: "tiny", seed: 0)
    let mask = LabelMap(geometry: good.geometry, voxels: good.volume.voxels.map { $0 > 500 ? 1 : 0 })
    try NIfTI.write(mask, to: folder("good").appending(path: "\(Self.name)_seg.nii.gz"))
    try place.folder.write(Data("no mask".utf8), to: "inbox/\(Self.name)_good/\(Self.name)/mask_\(Self.name).nii.gz")
    try place.folder.write(Data("no scan".utf8), to: "inbox/\(Self.name)_text/\(Self.name).dcm")
    try place.folder.write(Data(), to: "inbox/\(Self.name)_text/\(Self.name)-empty.dcm")
    try FileManager.default.createDirectory(at: folder("empty"), withIntermediateDirectories: true)
    #expect(symlink("/dev/null", folder("empty").appending(path: "../\(Self.name)-link").path) == 0)
  }

  @Test(
    "names of folders and files in the inbox are in no log, no path and not in the database; only reason.txt tells them"
  )
  func namedFolders() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try drop(in: place)
    let end = try await place.finish()
    #expect(end.status == 1)
    #expect(try Set(place.runs().map { $0["outcome"] }) == ["segmented", "unmatched", "refused"], "\(end.log)")
    #expect(!end.log.contains(Self.name), "\(end.log)")
    for path in try FileManager.default.subpathsOfDirectory(atPath: place.output.path) {
      #expect(!path.contains(Self.name))
      if path.hasSuffix("/reason.txt") { continue }
      let bytes = (try? Data(contentsOf: place.output.appending(path: path))) ?? Data()
      #expect(bytes.range(of: Data(Self.name.utf8)) == nil, "\(path)")
    }
    let reasons = try place.runs().compactMap { $0["output_folder"] }.filter { $0.hasPrefix("refused/") }.map {
      try String(contentsOf: place.output.appending(path: $0).appending(path: "reason.txt"), encoding: .utf8)
    }
    #expect(reasons.contains { $0.contains("/\(Self.name).dcm") }, "somebody has to find the file")
    #expect(try place.ask("SELECT 1 FROM events WHERE kind = 'empty-file'").count == 1)
    #expect(end.log.contains("files without a single byte"))
  }

  @Test("an input is found again by its alias: verify digests it, locate says where it is")
  func located() async throws {
    let place = try Workplace()
    let folder = place.inbox.appending(path: Self.name)
    let files = try SyntheticSeries(description: "tiny", seed: 1).write(to: folder)
    #expect(try await place.finish().status == 0)
    let run = try #require(try place.runs().first?["id"])
    let whole = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(whole.status == 0 && whole.output.contains("; 0 inputs are gone"), "\(whole.output)")
    let located = try await place.vigil("audit", "locate", run, "--output", place.output.path)
    for file in files {
      #expect(located.output.contains("/\(Self.name)/\(file.lastPathComponent)"), "\(located.output)")
    }

    try SyntheticSeries.change(files[3]) { $0[$0.count - 1] ^= 1 }
    let changed = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(changed.status == 1 && changed.output.contains("input @") && changed.output.contains("bytes have changed"))
    #expect(!changed.output.contains(Self.name))

    try FileManager.default.moveItem(at: folder, to: place.staging.appending(path: Self.name))
    let gone = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(gone.status == 0 && gone.output.contains("; 16 inputs are gone"), "\(gone.output)")
  }

  @Test("a folder's name cannot be tried on the record of a series without a UID")
  func withoutUID() async throws {
    let place = try Workplace()
    let folder = place.inbox.appending(path: "Doe^Jane")
    for (description, part) in [("tiny", "1"), ("scout", "2")] {
      for file in try SyntheticSeries(description: description, seed: 1).write(to: folder.appending(path: part)) {
        try SyntheticSeries.setUID("", of: file)
      }
    }
    for _ in 0..<2 {
      let end = try await place.finish()
      #expect(end.status == 0, "\(end.log)")
    }
    let runs = try place.runs()
    #expect(Set(runs.map { $0["outcome"] }) == ["segmented", "unmatched"] && runs.count == 2, "\(runs)")
    for run in runs { #expect(run["series_uid"]?.hasPrefix("no-uid-@") == true, "\(run)") }
    let guesses = ["1", "2"].map { part in
      SHA256Digest(of: folder.appending(path: part).path).description.prefix(16)
    }
    let bytes = try Data(contentsOf: place.output.appending(path: "audit.sqlite"))
    for guess in guesses {
      #expect(bytes.range(of: Data(guess.utf8)) == nil)
      let name = SHA256Digest(of: "no-uid-\(guess)").description.prefix(8)
      #expect(!runs.contains { $0["output_folder"]?.contains(name) == true })
    }
    try await place.expectWhole()
  }
}
