import Foundation
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
    let place = try Workplace()
    try place.write(rule: "nosy", "match: {PatientName: /Doe/}\npriority: 5")
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
        #expect(bytes.range(of: Data(word.utf8)) == nil, "\(path): \(word)")
      }
    }
  }
}
